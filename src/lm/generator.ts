import type { Gpu } from '../gpu/device';
import { GpuMemoryError } from '../gpu/errors';
import { Plan, type Dims } from '../gpu/plan';
import { streamKey } from '../random/philox';
import type { Completion, GenerateOptions } from '../waltz/agent';
import { createActivations } from './activations';
import { BatchError, checkIds } from './batch';
import type { LlamaConfig } from './config';
import { addForward, rotationTable } from './forward';
import type { ModelKernels } from './kernels';
import { FEW } from './variants';
import type { Weights } from './weights';
import type { Work } from './work';

/** How much one generation may hold at a time; more prompts go through in turns. */
export interface GenerationCapacity {
  /** Sequences generated side by side. */
  slots: number;
  /** New tokens a sequence. */
  newTokens: number;
}

/** New tokens that are one plan; where they take the GPU long, the pacer splits it. */
const TOKENS_PER_SUBMIT = 16;
const MOST_PROBES = 4;

/** What a slot of the key-value cache holds. */
interface CachedSequence {
  rollout: number;
  ids: number[];
}

/**
 * Batched generation that stays on the GPU: prompts are read in parallel, then one token a sequence and pass, drawn on
 * the GPU; sequences that ended are dropped from the batch. One readback a call. A sequence's tokens do not depend on
 * the others. Keys and values of a rollout are kept until `forget`, so a revision reads only what is new.
 */
export class Generator {
  readonly #gpu: Gpu;
  readonly #config: LlamaConfig;
  readonly #capacity: GenerationCapacity;
  readonly #endToken: number;
  readonly #work: Work;
  readonly #buffers: Record<
    'prefillDims' | 'prefillTokens' | 'rowToken' | 'dims' | 'tokens' | 'sequences' | 'drawn' | 'probed' | 'sampling',
    GPUBuffer
  >;
  readonly #prefill: Plan;
  /** One token more, of many sequences and of few. */
  readonly #decode: Plan;
  readonly #decodeFew: Plan;
  readonly #sample: Plan;
  #cache: CachedSequence[] = [];
  #busy = false;

  constructor(
    gpu: Gpu,
    kernels: ModelKernels,
    config: LlamaConfig,
    weights: Weights,
    endToken: number,
    capacity: GenerationCapacity,
    work: Work,
  ) {
    this.#gpu = gpu;
    this.#config = config;
    this.#capacity = capacity;
    this.#endToken = endToken;
    this.#work = work;
    const { slots, newTokens } = capacity;
    const length = config.max_position_embeddings;
    const words = (name: string, count: number) => gpu.buffer(name, 4 * count);
    const activations = createActivations(gpu, config, {
      tokens: slots * length,
      rows: slots,
      slots: slots * length,
      perLayer: false,
    });
    const table = rotationTable(config);
    const rotation = words('rotation', table.length);
    gpu.write(rotation, table);
    this.#buffers = {
      prefillDims: gpu.dims('prefill-dims'),
      prefillTokens: words('prefill-tokens', 4 * slots * length),
      rowToken: words('prefill-row-token', slots),
      dims: gpu.dims('decode-dims'),
      tokens: words('decode-tokens', 4 * slots),
      sequences: words('decode-sequences', 4 * slots),
      drawn: words('drawn', 2 * slots * newTokens),
      probed: words('probed', MOST_PROBES * slots),
      sampling: gpu.buffer('sampling', 32 + 16 * MOST_PROBES, GPUBufferUsage.UNIFORM),
    };
    const b = this.#buffers;
    this.#prefill = new Plan(gpu);
    const prompt = { dims: b.prefillDims, tokens: b.prefillTokens, rowToken: b.rowToken };
    addForward(this.#prefill, gpu, kernels, kernels.training, config, weights, rotation, prompt, activations);
    const last = { dims: b.dims, tokens: b.tokens, rowToken: null };
    this.#decode = new Plan(gpu);
    addForward(this.#decode, gpu, kernels, kernels.decoding, config, weights, rotation, last, activations);
    this.#decodeFew = new Plan(gpu);
    addForward(this.#decodeFew, gpu, kernels, kernels.few, config, weights, rotation, last, activations);
    this.#sample = new Plan(gpu);
    this.#sample.add(
      kernels.sample,
      [b.dims, b.sampling, activations.logits, b.tokens, b.sequences, b.drawn, b.probed],
      { extent: 'rows', units: 1 },
    );
    this.#sample.add(kernels.compact, [b.dims, b.tokens, b.sequences], { invocations: 1 });
  }

  /** Drops cached keys and values; called when the parameters change. */
  forget(): void {
    this.#cache = [];
  }

  async generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    const { maxNewTokens, probes = [] } = options;
    const { slots, newTokens } = this.#capacity;
    const room = this.#config.max_position_embeddings;
    checkIds(prompts, this.#config);
    if (this.#busy) throw new BatchError('The agent is generating already. Await that call before the next one.');
    if (options.draw.rollouts.length !== prompts.length) {
      throw new BatchError(
        `${prompts.length} prompts need as many rollout numbers, not ${options.draw.rollouts.length}.`,
      );
    }
    if (!(maxNewTokens > 0)) throw new BatchError(`Cannot generate ${maxNewTokens} tokens. Ask for one at least.`);
    const longest = prompts.reduce((most, prompt) => Math.max(most, prompt.length), 0);
    if (longest + maxNewTokens > room || maxNewTokens > newTokens || probes.length > MOST_PROBES) {
      throw new GpuMemoryError(
        `A prompt of ${longest} tokens and ${maxNewTokens} new ones with ${probes.length} probes do not fit the planned ${room}, ${newTokens} and ${MOST_PROBES}. Shorten them.`,
      );
    }
    this.#busy = true;
    try {
      const completions: Completion[] = [];
      for (let from = 0; from < prompts.length; from += slots) {
        const rollouts = options.draw.rollouts.slice(from, from + slots);
        completions.push(...(await this.#turn(prompts.slice(from, from + slots), rollouts, options)));
      }
      return completions;
    } finally {
      this.#busy = false;
    }
  }

  async #turn(
    prompts: readonly (readonly number[])[],
    rollouts: readonly number[],
    options: GenerateOptions,
  ): Promise<Completion[]> {
    const { maxNewTokens, probes = [] } = options;
    const gpu = this.#gpu;
    const b = this.#buffers;
    const count = prompts.length;
    const slots = this.#assign(prompts, rollouts);
    const reused = prompts.map((prompt, i) => commonPrefix(this.#cache[slots[i]].ids, prompt));
    const tokens = prompts.reduce((sum, prompt, i) => sum + prompt.length - reused[i], 0);
    const room = this.#config.max_position_embeddings;

    const read = new Uint32Array(4 * tokens);
    const next = new Uint32Array(4 * count);
    const rowToken = new Uint32Array(count);
    let at = 0;
    prompts.forEach((prompt, i) => {
      const base = slots[i] * room;
      for (let position = reused[i]; position < prompt.length; position++) {
        read.set([prompt[position], position, base, i], 4 * at++);
      }
      rowToken[i] = at - 1;
      next.set([prompt[prompt.length - 1], prompt.length - 1, base, i], 4 * i);
    });
    const prefill: Dims = { tokens, rows: count, sequences: count, chunks: 0 };
    const decode: Dims = { tokens: count, rows: count, sequences: count, chunks: 0 };
    gpu.write(b.prefillDims, new Uint32Array([tokens, count, count, 0]));
    gpu.write(b.prefillTokens, read);
    gpu.write(b.rowToken, rowToken);
    gpu.write(b.dims, new Uint32Array([count, count, count, 0]));
    gpu.write(b.tokens, next);
    gpu.write(b.sequences, new Uint32Array(rollouts.flatMap((rollout) => [rollout, 0, 1, 0])));
    gpu.write(b.probed, new Float32Array(MOST_PROBES * count).fill(NaN));
    gpu.write(b.sampling, this.#sampling(options));

    const one = count > FEW ? this.#decode : this.#decodeFew;
    for (let made = 0; made < maxNewTokens; made += TOKENS_PER_SUBMIT) {
      this.#gpu.submit('generate', (recorder) => {
        for (let n = made; n < Math.min(made + TOKENS_PER_SUBMIT, maxNewTokens); n++) {
          if (n === 0) this.#prefill.encode(recorder, prefill);
          else one.encode(recorder, decode);
          this.#sample.encode(recorder, decode);
        }
      });
    }
    const [sequences, drawn, probed] = await Promise.all([
      this.#gpu.readWords(b.sequences, 0, 4 * count),
      this.#gpu.readWords(b.drawn, 0, 2 * count * this.#capacity.newTokens),
      this.#gpu.readFloats(b.probed, 0, MOST_PROBES * count),
    ]);
    const logprobs = new Float32Array(drawn.buffer);
    // A sequence that has ended is not read again, so each costs what it drew and no more.
    const again = prompts.reduce((sum, _, i) => sum + sequences[4 * i + 1] - 1, 0);
    this.#work.passed('forward', prefill);
    this.#work.passed('forward', { tokens: again, rows: again });
    return prompts.map((prompt, i) => {
      const from = 2 * i * this.#capacity.newTokens;
      const places = Array.from({ length: sequences[4 * i + 1] }, (_, n) => from + 2 * n);
      const ids = [...prompt, ...places.map((place) => drawn[place])];
      // The last token drawn was never read, so its key and value are not there.
      this.#cache[slots[i]] = { rollout: rollouts[i], ids: ids.slice(0, -1) };
      return {
        ids,
        logprobs: places.map((place) => logprobs[place + 1]),
        probes: probes.map((_, p) => probed[MOST_PROBES * i + p]),
      };
    });
  }

  /** Slots by rollout: the ones they had, if all of them are known, else fresh ones from the first on. */
  #assign(prompts: readonly (readonly number[])[], rollouts: readonly number[]): number[] {
    const known = new Map(this.#cache.map(({ rollout }, slot) => [rollout, slot]));
    if (rollouts.every((rollout) => known.has(rollout)) && new Set(rollouts).size === rollouts.length) {
      return rollouts.map((rollout) => known.get(rollout)!);
    }
    this.#cache = prompts.map((_, i) => ({ rollout: rollouts[i], ids: [] }));
    return prompts.map((_, i) => i);
  }

  #sampling({ draw, temperature, maxNewTokens, probes = [] }: GenerateOptions): ArrayBuffer {
    const words = new Uint32Array(8 + 4 * MOST_PROBES);
    words.set([...streamKey(draw.seed, draw.stream), draw.step, draw.phase]);
    new Float32Array(words.buffer)[4] = temperature;
    words.set([this.#endToken, maxNewTokens, probes.length], 5);
    probes.forEach(({ after, token }, i) => words.set([after, token], 8 + 4 * i));
    return words.buffer;
  }
}

/** Tokens at the start that both have; one of the prompt is always left to be read. */
function commonPrefix(cached: readonly number[], prompt: readonly number[]): number {
  let length = 0;
  while (length < cached.length && length < prompt.length - 1 && cached[length] === prompt[length]) length++;
  return length;
}
