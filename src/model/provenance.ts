/** What computed the numbers. The same three again give the same bits. */
export interface Provenance {
  /** Several where it went on elsewhere, the last one last: `A, then B`. */
  adapter: string;
  build: string;
  /** Kernel name → variant. */
  variants: Record<string, string>;
  /** `Backend.name`; left out by versions that had but WebGPU. */
  backend?: string | undefined;
}

const THEN = ', then ';

const adaptersOf = ({ adapter }: Provenance): string[] => (adapter === '' ? [] : adapter.split(THEN));

/** Of what was computed so far and goes on with what is here now. */
export function continuedBy(before: Provenance, present: Provenance): Provenance {
  const now = adaptersOf(present);
  const earlier = adaptersOf(before).filter((one) => !now.includes(one));
  return { ...present, adapter: [...earlier, ...now].join(THEN) };
}

/** Whether what computes now gives the bits of what was recorded. Variants are not recorded before a run has begun. */
export function isExact(recorded: Provenance, present: Provenance): boolean {
  return (
    adaptersOf(recorded).at(-1) === present.adapter &&
    recorded.build === present.build &&
    Object.entries(recorded.variants).every(([role, name]) => present.variants[role] === name)
  );
}

/** The backend that computed last. */
export const backendOf = ({ backend }: Provenance): string => backend ?? 'WebGPU';
