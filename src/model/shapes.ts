import type { LlamaConfig } from './config';
import { loraLayout, type LoraConfig } from './lora';
import { parameterLayout } from './layout';

/** What a model's memory hangs on. */
export interface ModelShape extends LlamaConfig {
  /** Of adapters, which learn alone, on a frozen base of this config that all of them share; null or left out where all learns. */
  lora?: LoraConfig | null;
}

/** Floats of what learns. */
export function trainedSize({ lora, ...config }: ModelShape): number {
  return (lora ? loraLayout(config, lora) : parameterLayout(config)).size;
}

/** One of each shape: models of one shape may share what is not theirs alone. */
export function distinctShapes<Shape extends ModelShape>(shapes: readonly Shape[]): Shape[] {
  return shapes.filter((shape, i) => shapes.findIndex((other) => isSameShape(shape, other)) === i);
}

export function isSameShape(a: ModelShape, b: ModelShape): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
