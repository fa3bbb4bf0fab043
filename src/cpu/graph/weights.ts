import type { LlamaConfig } from '../../model/config';
import type { TensorPlace } from '../../model/layout';
import type { LoraLayout, LoraTarget } from '../../model/lora';
import { weightPlaces, type LayerPlaces, type WeightPlaces } from '../weight-places';
import type { Adapter, Weight } from './blocks';
import type { GraphBuilder } from './builder';

/** Puts a weight into a graph, under its name. */
type Put = (g: GraphBuilder, place: TensorPlace) => void;

/** A weight goes in with every run. */
export const asInput: Put = (g, { name, shape }) => void g.input(name, 'f32', shape);

/** A weight stands in the session, to which it is given beside the graph. */
export const asConstant: Put = (g, { name, shape }) => void g.graph.external(name, 'f32', shape);

interface WeightsOptions {
  put?: Put;
  /** Adapters go in with every run, and they alone learn. */
  lora?: LoraLayout | null;
}

/** The weights of a decoder in a graph, by name; what is learned of them is given out as `gradient.{name}`. */
export class Weights {
  readonly config: LlamaConfig;
  readonly places: WeightPlaces;
  /** What learns. */
  readonly trained: readonly TensorPlace[];
  /** Below this layer nothing learns. */
  readonly lowest: number;
  readonly #isFrozen: boolean;
  readonly #adapters = new Map<string, Adapter[]>();
  readonly #gradients = new Map<string, string>();

  constructor(g: GraphBuilder, config: LlamaConfig, { put = asInput, lora = null }: WeightsOptions = {}) {
    this.config = config;
    this.places = weightPlaces(config);
    for (const place of this.places.all) put(g, place);
    this.#isFrozen = lora !== null;
    this.trained = lora?.tensors ?? this.places.all;
    this.lowest = lora ? Math.min(...lora.modules.map(({ layer }) => layer)) : 0;
    for (const { name, shape } of lora?.tensors ?? []) g.input(name, 'f32', shape);
    for (const { layer, target, a, b, scale } of lora?.modules ?? []) {
      const { matrix, from } = adaptedRows(config, this.places.layers[layer], target);
      const known = this.#adapters.get(matrix.name) ?? [];
      this.#adapters.set(matrix.name, [...known, { from, a: this.#learning(a), b: this.#learning(b), scale }]);
    }
  }

  at(place: TensorPlace): Weight {
    if (!this.#isFrozen) return this.#learning(place);
    const { name, shape } = place;
    return { value: name, shape, learn: null, adapters: this.#adapters.get(name) ?? [] };
  }

  /** Whether the embedding is among what learns. */
  get learnsEmbedding(): boolean {
    return !this.#isFrozen;
  }

  /** What was learned of a weight so far. */
  gradient({ name }: { name: string }): string | undefined {
    return this.#gradients.get(name);
  }

  giveOut(g: GraphBuilder): void {
    for (const { name, shape } of this.trained) g.output(`gradient.${name}`, this.#gradients.get(name)!, 'f32', shape);
  }

  #learning({ name, shape }: TensorPlace): Weight & { learn: (gradient: string) => void } {
    return { value: name, shape, learn: (gradient) => void this.#gradients.set(name, gradient) };
  }
}

/** Weights of a graph that writes: frozen ones stand in the session, where the runtime packs them. */
export const adapted = (lora: LoraLayout | null): WeightsOptions => (lora ? { put: asConstant, lora } : {});

/** The matrix that computes a projection, and where in its rows that begins. */
function adaptedRows(
  { hidden_size: hidden, num_key_value_heads, head_dim }: LlamaConfig,
  layer: LayerPlaces,
  target: LoraTarget,
): { matrix: TensorPlace; from: number } {
  if (target !== 'q_proj' && target !== 'k_proj' && target !== 'v_proj') return { matrix: layer[target], from: 0 };
  const from = { q_proj: 0, k_proj: hidden, v_proj: hidden + num_key_value_heads * head_dim }[target];
  return { matrix: layer.qkv_proj, from };
}
