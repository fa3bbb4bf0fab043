import { UsageError, type Arguments } from '../cli/arguments';
import type { SizeName } from '../src/model/sizes';
import { generationWorkloads, trainingWorkloads } from './workloads';

export const pageParts = ['training', 'generation', 'rl', 'matmul', 'scaling', 'chat'] as const;
export const nodeParts = [
  'node-training',
  'node-generation',
  'node-rl',
  'node-prefill',
  'node-chat',
  'node-lora',
] as const;
export const parts = [...pageParts, ...nodeParts] as const;
export type Part = (typeof parts)[number];
export const sizeNames = [...new Set([...trainingWorkloads, ...generationWorkloads].map(({ size }) => size))];

/** What was asked for on the command line. */
export interface Wanted {
  has(part: Part): boolean;
  /** Whether anything of the page, or of Node, is asked for. */
  page: boolean;
  node: boolean;
  /** With PyTorch beside us. */
  python: boolean;
  runs: number | undefined;
  /** Workloads of the chosen sizes, with the asked number of runs. */
  of<T extends { size: SizeName; runs: number; full?: true }>(workloads: readonly T[]): T[];
}

export function plan(args: Arguments): Wanted {
  const only = list(args, 'only', parts);
  const chosen = list(args, 'sizes', sizeNames);
  const runs = args.count('runs', 1);
  const full = args.switched('full');
  const has = (part: Part) => only.includes(part);
  if (args.switched('keep') && only.length < parts.length) {
    throw new UsageError('--keep keeps a whole run: leave --only out.');
  }
  return {
    ...{ has, page: pageParts.some(has), node: nodeParts.some(has), python: args.switched('python'), runs },
    of: (workloads) =>
      workloads
        .filter(({ size, full: long }) => chosen.includes(size) && (full || !long))
        .map((workload) => ({ ...workload, runs: runs ?? workload.runs })),
  };
}

/** Some of `choices`, all if nothing was said. */
function list<T extends string>(args: Arguments, name: string, choices: readonly T[]): readonly T[] {
  const text = args.text(name);
  if (text === undefined) return choices;
  return text.split(',').map((word) => {
    const found = choices.find((choice) => choice === word);
    if (found === undefined) throw new UsageError(`--${name} takes some of ${choices.join(',')}, not "${word}".`);
    return found;
  });
}
