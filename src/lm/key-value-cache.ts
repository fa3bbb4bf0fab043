import { allocate, storage } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import type { Resource } from '../gpu/plan';
import type { LlamaConfig } from '../model/config';
import type { DecoderKernels } from './kernels';

/** Bindings start at multiples of so many bytes on every adapter. */
const ALIGN = 256;

/** What a slot holds the keys and values of. */
interface CachedSequence {
  /** Null where no later generation may go on from it. */
  key: number | null;
  ids: readonly number[];
}

/** Slots and tokens of each. */
interface CacheSize {
  slots: number;
  length: number;
}

/** Buffers of a cache: one for each layer, or a whole one, in which each layer's part starts where a binding may. */
export function cacheBuffers(
  { num_hidden_layers, num_key_value_heads, head_dim }: LlamaConfig,
  { slots, length }: CacheSize,
  whole: boolean,
) {
  const numbers = slots * length * 2 * num_key_value_heads * head_dim;
  const aligned = (Math.ceil((4 * numbers) / ALIGN) * ALIGN) / 4;
  const cache = (count: number) => storage('key-value-cache', 'key-value cache', count);
  return whole
    ? { whole: cache(num_hidden_layers * aligned), layers: [] }
    : { whole: null, layers: Array.from({ length: num_hidden_layers }, () => cache(numbers)) };
}

/** Keys and values of sequences side by side, each in a slot of `length` tokens, and the ids of those sequences. */
export class KeyValueCache {
  /** [slots · length, 2, kv] of each layer. */
  readonly layers: readonly Resource[];
  /** All layers in one buffer, where a kernel reads all of them and the adapter binds as much. */
  readonly whole: GPUBuffer | null;
  #held: CachedSequence[] = [];

  constructor(gpu: Gpu, { single }: DecoderKernels, config: LlamaConfig, size: CacheSize) {
    const inOne = cacheBuffers(config, size, true);
    const fits = single.kernel && inOne.whole && inOne.whole.bytes <= gpu.largestBuffer;
    const { whole, layers } = allocate(gpu, fits ? inOne : cacheBuffers(config, size, false));
    this.whole = whole;
    const count = config.num_hidden_layers;
    const part = whole ? whole.size / count : 0;
    this.layers = whole
      ? Array.from({ length: count }, (_, layer) => ({ buffer: whole, offset: layer * part, size: part }))
      : layers;
  }

  /** Slots by key: the ones that the sequences had, if all keys are known, else fresh ones from the first on. */
  assign(keys: readonly (number | null)[]): number[] {
    const known = new Map(this.#held.flatMap(({ key }, slot) => (key === null ? [] : [[key, slot]])));
    const slots = keys.flatMap((key) => (key === null ? [] : (known.get(key) ?? [])));
    if (slots.length === keys.length && new Set(slots).size === keys.length) return slots;
    this.#held = keys.map((key) => ({ key, ids: [] }));
    return keys.map((_, slot) => slot);
  }

  /** How many first tokens of a sequence have their keys and values in a slot. One token is always left to be read. */
  common(slot: number, ids: readonly number[]): number {
    const held = this.#held[slot]?.ids ?? [];
    let length = 0;
    while (length < held.length && length < ids.length - 1 && held[length] === ids[length]) length++;
    return length;
  }

  /** Notes what a slot holds from here on. */
  hold(slot: number, sequence: CachedSequence): void {
    this.#held[slot] = sequence;
  }

  /** Drops all keys and values. */
  forget(): void {
    this.#held = [];
  }
}
