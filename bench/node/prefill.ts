import { Feeder } from '../../src/cpu/feeds';
import { GraphBuilder } from '../../src/cpu/graph/builder';
import { Sessions } from '../../src/cpu/sessions';
import { weightPlaces } from '../../src/cpu/weight-places';
import type { LlamaConfig } from '../../src/model/config';
import { passFlops } from '../../src/model/flops';
import { parameterLayout } from '../../src/model/layout';
import type { PrefillResult } from '../document';
import { summarize, timed } from '../samples';
import { smolLM } from '../workloads';
import { runtime, session } from './backend';

const TOKENS = 256;
/** Rows, inputs and outputs of a product that shows what the runtime reaches. */
const [ROWS, INPUTS, OUTPUTS] = [2048, 576, 1536];
/** Products that are timed at once: one alone is over too soon. */
const TIMES = 15;

/** Reading a prompt with a model of 135 M parameters, in turns with one product that the runtime makes with nothing around it. */
export async function measurePrefill(runs: number, say: (text: string) => void): Promise<PrefillResult> {
  say(`Prefill, 135M, ${TOKENS} tokens`);
  const reader = openReader(smolLM);
  const product = await openProduct();
  const seconds: number[] = [];
  const productSeconds: number[] = [];
  // Round 0 warms up.
  for (let round = 0; round <= runs; round++) {
    const made = (await timed(product.run)).seconds / TIMES;
    const read = (await timed(reader.run)).seconds;
    if (round === 0) continue;
    productSeconds.push(made);
    seconds.push(read);
    say(`  ${round}/${runs}: ${read.toFixed(3)} s, the product ${made.toFixed(4)} s`);
  }
  await reader.close();
  await product.close();
  const read = { tokens: TOKENS, rows: 1 };
  return {
    ...{ model: 'SmolLM2-135M', tokens: TOKENS, parameters: parameterLayout(smolLM).count, runs },
    flops: passFlops(smolLM, { forward: read, backward: { tokens: 0, rows: 0 } }),
    seconds: summarize(seconds),
    product: {
      ...{ rows: ROWS, inputs: INPUTS, outputs: OUTPUTS, flops: 2 * ROWS * INPUTS * OUTPUTS },
      seconds: summarize(productSeconds),
    },
  };
}

/** A model that gives the logits after the last of some tokens. */
function openReader(config: LlamaConfig) {
  const feeder = new Feeder(runtime);
  const sessions = new Sessions(runtime, config, { endTokens: [] }, session);
  const ids = Array.from({ length: TOKENS }, (_, i) => (7919 * i) % config.vocab_size);
  const feeds = {
    ...feeder.tokens([ids]),
    ...{
      rows: feeder.integers(Int32Array.of(TOKENS - 1)),
      ...feeder.views(weightPlaces(config).all, someWeights(config)),
    },
  };
  return { run: () => sessions.run('read', feeds), close: () => sessions.close() };
}

async function openProduct() {
  const g = new GraphBuilder('product');
  const weight = g.floats([INPUTS, OUTPUTS], noise(INPUTS * OUTPUTS, 0.1));
  g.output('made', g.op('MatMul', [g.input('x', 'f32', [ROWS, INPUTS]), weight]), 'f32', [ROWS, OUTPUTS]);
  const opened = await runtime.InferenceSession.create(g.graph.encode(), session);
  const x = new runtime.Tensor('float32', noise(ROWS * INPUTS, 1), [ROWS, INPUTS]);
  // Into memory that is there: else the system's fresh pages would be timed, too.
  const made = new runtime.Tensor('float32', new Float32Array(ROWS * OUTPUTS), [ROWS, OUTPUTS]);
  const run = async () => {
    for (let i = 0; i < TIMES; i++) await opened.run({ x }, { made });
  };
  return { run, close: () => opened.release() };
}

/** Norms at one, all else small: how fast they are read does not depend on it. */
function someWeights(config: LlamaConfig): Float32Array<ArrayBuffer> {
  const { tensors, size } = parameterLayout(config);
  const flat = noise(size, 0.05);
  for (const { name, offset, size } of tensors) if (name.endsWith('norm.weight')) flat.fill(1, offset, offset + size);
  return flat;
}

/** Numbers between −`most` and `most`. */
function noise(count: number, most: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  for (let i = 0, state = 1; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    values[i] = (most * state) / 2 ** 31;
  }
  return values;
}
