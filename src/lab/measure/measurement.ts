import { sha256 } from '../../checkpoint/sha256';
import type { Guest } from '../../checkpoint/guest';
import type { JudgeFacts } from '../../judges';
import { parameterLayout } from '../../model/layout';
import type { TaskTag } from '../../task/task-tag';
import { promptSplits, type FileCount, type PromptSplit, type RealPrompt } from '../../tasks/prompts';
import type { Agreement } from './agreement';
import type { Report } from './report';
import type { MeasureSettings } from './settings';

/** Everything that a measurement's figures hang on. */
export interface MeasurementFacts {
  model: ModelFacts;
  prompts: PromptFacts;
  judge: JudgeFacts;
  settings: MeasureSettings;
}

export interface ModelFacts {
  name: string;
  /** SHA-256 of its parameters, or of its ONNX file where it has no others. */
  hash: string;
  /** Numbers that it is made of. */
  parameters: number;
}

export interface PromptFacts {
  tag: TaskTag;
  files: readonly FileCount[];
  /** Of the prompts of all files: how many fall to which split. */
  splits: Readonly<Record<PromptSplit, number>>;
}

/** What computed it. */
export interface Computed {
  backend: string;
  adapter: string;
}

export async function modelFacts({ name, config, parameters, onnx }: Guest): Promise<ModelFacts> {
  const bytes = parameters ? new Uint8Array(parameters.buffer, parameters.byteOffset, parameters.byteLength) : onnx!;
  return { name, hash: await sha256(bytes), parameters: parameterLayout(config).size };
}

export function promptFacts(task: {
  tag: TaskTag;
  files: readonly FileCount[];
  prompts: readonly RealPrompt[];
}): PromptFacts {
  const splits = Object.fromEntries(
    promptSplits.map((split) => [split, task.prompts.filter(({ truth }) => truth.split === split).length]),
  ) as Record<PromptSplit, number>;
  return { tag: task.tag, files: task.files, splits };
}

/** A measurement as a list shows it: everything but its prompts and answers. */
export interface MeasurementHead extends MeasurementFacts {
  id: string;
  /** The kept model that is asked. */
  guest: string;
  /** Null before the first answers. */
  computed: Computed | null;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Milliseconds that the answers took. */
  spent: number;
  /** Requests that the judge has sent to a server; 0 of one that asks none. */
  requests: number;
  /** What another judge finds in the same answers; null where none was asked. */
  second: SecondJudging | null;
  /** Prompts that are answered or left out, of all. */
  done: number;
  total: number;
  report: Report;
}

/** Another judge on the answers of a measurement. */
export interface SecondJudging {
  judge: JudgeFacts;
  requests: number;
  /** Answers that it has been through, of all. */
  done: number;
  report: Report;
  agreement: Agreement;
}

/** Whether there is nothing left to ask. */
export const isFinished = ({ done, total }: Pick<MeasurementHead, 'done' | 'total'>): boolean => done === total;
