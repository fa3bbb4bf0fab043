import { Random } from '../random/philox';
import type { LlamaConfig } from './config';
import { parameterLayout } from './layout';
import { loraLayout, type LoraConfig } from './lora';
import { startingState, type AgentState } from './state';

type Values = Float32Array<ArrayBuffer>;

/**
 * Adapters that change nothing yet, as PEFT begins: A is uniform within 1/√inputs, B is zero. `place` tells models of one seed
 * apart. Throws `LoraConfigError`.
 */
export function initialLora(config: LlamaConfig, lora: LoraConfig, seed: number, place: number): AgentState {
  const layout = loraLayout(config, lora);
  const adapters = new Float32Array(layout.size);
  layout.modules.forEach(({ a: { offset, size, shape } }, index) => {
    const random = new Random(seed, 'weights', [place, index, 0]);
    const bound = 1 / Math.sqrt(shape[1]);
    for (let i = offset; i < offset + size; i++) adapters[i] = bound * (2 * random.uniform() - 1);
  });
  return startingState(config, adapters, lora);
}

/** Makes of a base's weights, in the flat layout, what base and adapters compute together: W + scale · B·A of every adapted matrix. */
export function mergeLora(config: LlamaConfig, parameters: Values, lora: LoraConfig, adapters: Values): void {
  const places = new Map(parameterLayout(config).tensors.map((place) => [place.name, place]));
  for (const { name, a, b, scale } of loraLayout(config, lora).modules) {
    const { offset, shape } = places.get(`${name}.weight`)!;
    const [outputs, inputs] = shape;
    const rank = a.shape[0];
    for (let out = 0; out < outputs; out++) {
      const row = parameters.subarray(offset + out * inputs, offset + (out + 1) * inputs);
      for (let r = 0; r < rank; r++) {
        const factor = scale * adapters[b.offset + out * rank + r];
        if (factor === 0) continue;
        const from = a.offset + r * inputs;
        for (let i = 0; i < inputs; i++) row[i] += factor * adapters[from + i];
      }
    }
  }
}
