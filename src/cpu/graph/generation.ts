import type { LlamaConfig } from '../../model/config';
import type { LoraLayout } from '../../model/lora';
import type { TokenRules } from '../../model/token-rules';
import { LEAST } from './attention';
import { GraphBuilder } from './builder';
import { decoder, head, layer, type Past } from './decoder';
import { loop } from './loop';
import { attendNew } from './new-token';
import { sample, samplingInputs } from './sampling';
import { adapted, Weights } from './weights';

/**
 * A decoder as a graph that reads prompts and writes what follows them, all in one run: the loop's keys and values never
 * leave the session. In go weights by name, and what `generation` wants; out comes what that gives. With adapters these go in,
 * and the frozen weights are given to the session beside the graph.
 */
export function generationGraph(
  config: LlamaConfig,
  rules: TokenRules,
  lora: LoraLayout | null = null,
): Uint8Array<ArrayBuffer> {
  const g = new GraphBuilder('LlamaForCausalLM-generate');
  generation(g, new Weights(g, config, adapted(lora)), rules);
  return g.graph.encode();
}

/**
 * Reads prompts, a `PaddedBatch` with `rows` at their last tokens, behind a `past` where there is one, and writes what follows.
 * Inputs besides:
 *
 * - `last`: i32 [sequences], the last token of each prompt, `lengths`: i64 [sequences], how many it has, those of the past too;
 * - `draws`: f32 [new, sequences], uniform in [0, 1); new is how many tokens are written at most;
 * - what `samplingInputs` adds.
 *
 * Out come `tokens`, i32 [written, sequences], `logprobs`, f32 of the same shape, and `probes`, f32 [sequences, probes].
 * What stands behind an end token is nobody's. Gives the decoder that reads the prompts.
 */
export function generation(g: GraphBuilder, weights: Weights, rules: TokenRules, past?: Past) {
  const { config } = weights;
  const reader = decoder(g, weights, past);
  const { logits, caches, tables } = reader;
  const last = g.input('last', 'i32', ['sequences']);
  const lengths = g.input('lengths', 'i64', ['sequences']);
  const draws = g.input('draws', 'f32', ['new', 'sequences']);
  const sampling = samplingInputs(g, config, rules);
  const { num_key_value_heads: kv, head_dim } = config;
  const sequences = g.op('Shape', [last]);
  const join = (...parts: string[]) => g.op('Concat', parts, { axis: 0 });
  const unreached = g.op('Expand', [g.scalar(NaN), join(sequences, g.op('Shape', [sampling.after]))]);
  const first = sample(g, logits, g.gather(draws, g.integers([0], [])), last, unreached, sampling);

  const none = g.op('ConstantOfShape', [join(sequences, g.integers([kv, 0, head_dim]))]);
  const padding = g.op('Where', [g.cast('real', 'bool'), g.scalar(0), g.scalar(LEAST)]);
  const free =
    past && g.op('Expand', [g.scalar(0), join(sequences, g.op('Unsqueeze', [past.length, g.integers([0])]))]);
  const mask = free === undefined ? padding : g.op('Concat', [free, padding], { axis: 1 });
  const pastMask = g.op('Unsqueeze', [mask, g.integers([1, 2])]);
  const one = { shape: ['sequences'] };
  const cache = { initial: none, type: 'f32', shape: ['sequences', kv, 'made', head_dim] } as const;
  const states = [
    { initial: first.token, type: 'i32', ...one },
    { initial: first.alive, type: 'bool', ...one },
    { initial: first.probes, type: 'f32', shape: ['sequences', 'probes'] },
    ...caches.flatMap(() => [cache, cache]),
  ] as const;
  const kept = [
    { type: 'i32', ...one },
    { type: 'f32', ...one },
  ] as const;
  const most = g.op('Squeeze', [g.op('Shape', [draws], { start: 0, end: 1 })]);
  const rounds = { rounds: g.sub(most, g.integers([1], [])), goesOn: g.anyOf(first.alive), states, kept };
  const rest = loop(g, rounds, (body, round, [token, alive, probes, ...written]) => {
    const position = body.op('Unsqueeze', [body.add(lengths, round), body.integers([1])]);
    const grown: string[] = [];
    let x = body.gather(weights.places.embed.name, token);
    weights.places.layers.forEach((at, i) => {
      const [keys, values] = written.slice(2 * i);
      const before = { past: caches[i], keys, values, position, pastMask, cos: tables.cos, sin: tables.sin };
      x = layer(body, x, weights, at, (qkv) => {
        const attended = attendNew(body, qkv, config, before);
        grown.push(attended.keys, attended.values);
        return attended;
      }).output;
    });
    const draw = body.gather(draws, body.add(round, body.integers([1], [])));
    const next = sample(body, head(body, x, weights).output, draw, token, probes, sampling);
    const stillAlive = body.op('And', [alive, next.alive]);
    const probed = body.op('Where', [body.op('Unsqueeze', [alive, body.integers([1])]), next.probes, probes]);
    return {
      goesOn: body.anyOf(stillAlive),
      states: [next.token, stillAlive, probed, ...grown],
      kept: [next.token, next.logprob],
    };
  });
  const whole = (begin: string, end: string) => join(g.op('Unsqueeze', [begin, g.integers([0])]), end);
  g.output('tokens', whole(first.token, rest.kept[0]), 'i32', ['written', 'sequences']);
  g.output('logprobs', whole(first.logprob, rest.kept[1]), 'f32', ['written', 'sequences']);
  g.output('probes', rest.states[2], 'f32', ['sequences', 'probes']);
  return reader;
}
