import type { LlamaConfig } from './config';

/** One of each shape: models of one shape may share what is not theirs alone. */
export function distinctShapes(shapes: readonly LlamaConfig[]): LlamaConfig[] {
  return shapes.filter((shape, i) => shapes.findIndex((other) => isSameShape(shape, other)) === i);
}

export function isSameShape(a: LlamaConfig, b: LlamaConfig): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
