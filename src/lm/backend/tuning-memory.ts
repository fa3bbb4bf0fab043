import type { Trial } from '../../model/variants';

export interface Tuned {
  /** By role, as a run records them. */
  variants: Record<string, string>;
  trials: Trial[];
}

/** Remembers what was found, so that an adapter is tuned once for a build and a model. */
export interface TuningMemory {
  read(key: string): Promise<Tuned | null>;
  write(key: string, tuned: Tuned): Promise<void>;
  /** Drops everything that was found on this adapter. */
  forget(adapter: string): Promise<void>;
}

/** Keys begin with the adapter, so that all of one adapter can be forgotten at once. */
export function tuningKeyPrefix(adapter: string): string {
  return `[${JSON.stringify(adapter)},`;
}

/** Remembers nothing. */
export const noTuningMemory: TuningMemory = {
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};
