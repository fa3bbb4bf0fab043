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

/** Keys and values of sequences side by side, each in a slot of `length` tokens, and which sequences they are of. */
export class KeyValueCache {
  /** [slots · length, 2, kv] of each layer. */
  readonly layers: readonly Resource[];
  /** All layers in one buffer, where a kernel is there that reads all of them and the adapter binds as much. */
  readonly whole: GPUBuffer | null;
  #held: CachedSequence[] = [];

  constructor(
    gpu: Gpu,
    { single }: DecoderKernels,
    { num_hidden_layers, num_key_value_heads, head_dim }: LlamaConfig,
    { slots, length }: { slots: number; length: number },
  ) {
    const ofLayers = <Item>(make: (layer: number) => Item) =>
      Array.from({ length: num_hidden_layers }, (_, l) => make(l));
    const bytes = 4 * slots * length * 2 * num_key_value_heads * head_dim;
    const size = Math.ceil(bytes / ALIGN) * ALIGN;
    if (!single.kernel || num_hidden_layers * size > gpu.largestBuffer) {
      this.layers = ofLayers(() => gpu.buffer('key-value-cache', bytes));
      this.whole = null;
      return;
    }
    const whole = gpu.buffer('key-value-cache', num_hidden_layers * size);
    this.layers = ofLayers((layer) => ({ buffer: whole, offset: layer * size, size }));
    this.whole = whole;
  }

  /** Slots by key: the ones that the sequences had, if all keys are known, else fresh ones from the first on. */
  assign(keys: readonly (number | null)[]): number[] {
    const known = new Map(this.#held.flatMap(({ key }, slot) => (key === null ? [] : [[key, slot]])));
    const slots = keys.flatMap((key) => (key === null ? [] : (known.get(key) ?? [])));
    if (slots.length === keys.length && new Set(slots).size === keys.length) return slots;
    this.#held = keys.map((key) => ({ key, ids: [] }));
    return keys.map((_, slot) => slot);
  }

  /** Tokens at the start of a sequence whose keys and values are in a slot; one of it is always left to be read. */
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

  /** Keys and values of before are of no use. */
  forget(): void {
    this.#held = [];
  }
}
