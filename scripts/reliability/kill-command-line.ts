import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunFolder } from '../../cli/run-folder';
import type { KeptRun } from '../../src/lab/run/run-format';
import { CommandLine } from './command-line';
import type { Entry } from './entries';
import type { Moment } from './moments';
import { differences, strayed } from './twin';

export interface CommandLineKilling {
  /** Folder of the run; whatever is there is deleted first. */
  folder: string;
  /** What `waltz train` takes for the run, which saves every step. */
  argv: readonly string[];
  /** The same run, never stopped. */
  twin: KeptRun;
  /** The number of the first kill, and of the one that is not made any more. */
  from: number;
  to: number;
  momentOf: (kill: number) => Moment;
  tell: (entry: Entry) => void;
}

/** Trains into a folder, never stopped. */
export async function trainUnstopped(argv: readonly string[], folder: string): Promise<KeptRun> {
  rmSync(folder, { recursive: true, force: true });
  const process = new CommandLine([...argv, '--out', folder], folder);
  if ((await process.ended) !== 0) throw new Error(`waltz train failed: ${process.said}`);
  return await new RunFolder(folder).read();
}

/** Trains runs with the same settings, one after another, and kills the process at the moments that are given. */
export async function killCommandLine(options: CommandLineKilling): Promise<void> {
  const { folder, argv, twin, from, to, momentOf, tell } = options;
  let next = from;
  while (next < to) {
    rmSync(folder, { recursive: true, force: true });
    let [kills, found] = [0, 0];
    // The last run is trained to its end, so that it too is compared.
    for (;;) {
      const moment = next < to ? momentOf(next) : null;
      const process = new CommandLine(found > 0 ? ['--resume', folder] : [...argv, '--out', folder], folder);
      const killed = moment !== null && (await reached(process, moment)) && (await process.kill());
      if (!killed) {
        if ((await process.ended) !== 0) {
          tell({ kind: 'given up', why: process.said });
          next += 1;
          break;
        }
        tell({ kind: 'finished', kills, differs: differences(await new RunFolder(folder).read(), twin) });
        break;
      }
      const made = process.steps.at(-1) ?? found;
      // A step begins once the one before it is saved.
      const said = Math.max(found, made - 1);
      const { step, faults } = await look(folder, said, twin);
      tell({ ...{ kind: 'killed', number: next++, phase: moment.phase, moment, said, made }, found: step, faults });
      kills += 1;
      found = step ?? 0;
    }
  }
}

/** What is in the folder after a kill, and what is wrong with it. */
async function look(folder: string, said: number, twin: KeptRun): Promise<{ step: number | null; faults: string[] }> {
  try {
    const kept = await new RunFolder(folder).find();
    const step = kept?.step ?? null;
    const faults: string[] = [];
    if ((step ?? 0) < said) faults.push(`Step ${said} was saved, and ${step ?? 'none'} is there.`);
    if (kept) {
      faults.push(...strayed(kept, twin).map((part) => `The ${part} are not those of the unstopped run.`));
      const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
      if (kept.step > 0 && lines.length < kept.step) faults.push(`metrics.jsonl is behind step ${kept.step}.`);
    }
    return { step, faults };
  } catch (error) {
    return { step: null, faults: [`The archive cannot be read: ${String(error)}`] };
  }
}

/** Waits for a moment; false where the process ended before. */
async function reached(process: CommandLine, { phase, after, delay }: Moment): Promise<boolean> {
  const there = await process.until(() => {
    if (phase === 'training') return process.steps.length >= after;
    return phase !== 'saving' || process.writes > after;
  });
  if (delay > 0) await sleep(delay);
  return there;
}
