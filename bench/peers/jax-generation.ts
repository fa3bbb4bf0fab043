import { defaultDevice, jit, nn, numpy as np, tree } from '@jax-js/jax';
import type { LlamaConfig } from '../../src/model/config';
import type { GenerationContender, Start } from '../contender';
import type { GenerationWorkload } from '../workloads';
import {
  decode,
  head,
  intMatrix,
  rotationAt,
  rotations,
  use,
  weightsOf,
  type Attend,
  type Device,
  type Weights,
} from './jax-decoder';

/** Keys and values of a layer, [batch, capacity, heads, headDim]. */
type Cache = { key: np.Array; value: np.Array };

/** Reads the prompts and draws the first new tokens; fills the cache, which has room for `capacity` tokens. */
function prefill(config: LlamaConfig, capacity: number, weights: Weights, ids: np.Array): [np.Array, Cache[]] {
  const length = ids.shape[1];
  const padded = (x: np.Array) => np.pad(x, { 1: [0, capacity - length] });
  const caches: Cache[] = [];
  const attend: Attend = (_, q, k, v) => {
    caches.push({ key: padded(k.ref), value: padded(v.ref) });
    return nn.dotProductAttention(q, k, v, { isCausal: true });
  };
  const x = decode(config, weights, ids, rotations(config, length), attend);
  return [greedy(config, weights, x.slice([], -1)), caches];
}

/** Reads one token a sequence, at `position`, and draws the next. */
function step(
  config: LlamaConfig,
  weights: Weights,
  caches: Cache[],
  ids: np.Array,
  position: np.Array,
): [np.Array, Cache[]] {
  const updated: Cache[] = [];
  const attend: Attend = (layer, q, k, v) => {
    const { key, value } = caches[layer];
    const places = np.arange(key.shape[1]);
    const here = places.ref.equal(position.ref).reshape([1, -1, 1, 1]);
    const keys = np.where(here.ref, k, key);
    const values = np.where(here, v, value);
    updated.push({ key: keys.ref, value: values.ref });
    return nn.dotProductAttention(q, keys, values, { mask: places.lessEqual(position.ref) });
  };
  const x = decode(config, weights, ids.reshape([-1, 1]), rotationAt(config, position.ref), attend);
  position.dispose();
  return [greedy(config, weights, x.slice([], 0)), updated];
}

/** x [batch, hidden] ↦ the likeliest ids [batch]. */
const greedy = (config: LlamaConfig, weights: Weights, x: np.Array) => np.argmax(head(config, weights, x), -1);

export async function openGeneration(
  start: Start,
  { promptTokens, newTokens }: GenerationWorkload,
  device: Device,
): Promise<GenerationContender> {
  await use(device);
  const { config } = start;
  const weights = weightsOf(start, device);
  const read = jit((w: Weights, ids: np.Array) => prefill(config, promptTokens + newTokens, w, ids));
  const next = jit((w: Weights, caches: Cache[], ids: np.Array, position: np.Array) =>
    step(config, w, caches, ids, position),
  );
  return {
    name: `jax-js (${device})`,
    async generate(prompts, count) {
      defaultDevice(device);
      let [ids, caches] = read(tree.ref(weights), intMatrix(prompts));
      // Drawn tokens stay on the device until the end: one readback.
      const drawn = [ids.ref];
      for (let made = 1; made < count; made++) {
        [ids, caches] = next(tree.ref(weights), caches, ids, promptTokens + made - 1);
        drawn.push(ids.ref);
      }
      tree.dispose([ids, caches]);
      return (await np.stack(drawn, 1).jsAsync()) as number[][];
    },
    dispose() {
      tree.dispose(weights);
      read.dispose();
      next.dispose();
    },
  };
}
