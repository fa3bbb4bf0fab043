import type { BenchDocument } from './document';
export const markdown = (d: BenchDocument): string => JSON.stringify(d, null, 1);
export const faults = (_: BenchDocument): string[] => [];
