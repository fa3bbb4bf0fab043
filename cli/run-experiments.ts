import { runExperiment, type Progress } from '../src/lab/reproduction/run-experiment';
import { subjectName, type Result, type Subject } from '../src/lab/reproduction/result';
import type { Arguments } from './arguments';
import { computeChoice } from './compute-options';
import { Interruption } from './interruption';
import { percent, say } from './output';
import { ownPieces, shareOut } from './workers';
import { FolderExperimentBackend } from './experiment-backend';

export interface ExperimentsPlan {
  /** The words and options that ask for the same of another process. */
  command: readonly string[];
  /** Folder of results. */
  out: string;
  /** Prompts a set. */
  prompts: number;
  /** Hears how far a subject is; one each. */
  teller?: () => (progress: Progress) => void;
  /** Hears of each result that this process has. */
  done?: (result: Result) => void;
}

/** Trains and measures subjects one after the other, or shared with other processes; Ctrl-C saves, and the same goes on. */
export async function runExperiments(
  subjects: readonly Subject[],
  plan: ExperimentsPlan,
  args: Arguments,
): Promise<void> {
  const workers = args.count('workers', 1) ?? 1;
  const interruption = new Interruption();
  try {
    if (workers > 1) await shareOut(plan.command, workers, args, interruption);
    else await runEach(subjects, plan, args, interruption);
  } finally {
    interruption.end();
  }
}

async function runEach(
  subjects: readonly Subject[],
  { out, prompts, teller, done }: ExperimentsPlan,
  args: Arguments,
  interruption: Interruption,
): Promise<void> {
  const backend = new FolderExperimentBackend(out, computeChoice(args));
  for await (const [number, subject] of ownPieces(subjects, args, interruption)) {
    say(`${number} of ${subjects.length}: ${subjectName(subject)}`);
    const progress = teller?.() ?? (() => undefined);
    const result = await runExperiment(subject, backend, { prompts, stopping: () => interruption.asked, progress });
    if (!result) {
      say('Stopped and saved; the same command goes on.');
      return;
    }
    for (const [serving, { evaluation }] of Object.entries(result.measured)) {
      const { asr, orr, f1 } = evaluation;
      say(`  ${serving}: ASR ${percent(asr)}  ORR ${percent(orr)}  F1 ${percent(f1)}`);
    }
    done?.(result);
  }
}
