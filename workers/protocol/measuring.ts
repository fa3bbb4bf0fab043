/** What crosses between the page and the worker that measures models on prompt files: calls, each answered once, and its news. */
import type { JudgeChoice, SettingField } from '../../src/judges';
import type { MeasuredAnswer } from '../../src/lab/measure/measure';
import type { MeasurementHead, PromptFacts } from '../../src/lab/measure/measurement';
import type { AsideMeasurement } from '../../src/lab/measure/measurement-store';
import type { MeasureSettings } from '../../src/lab/measure/settings';
import type { Verdict } from '../../src/task/judge';
import type { GuessedMapping, LabelChoice, PromptFormat, PromptMapping } from '../../src/tasks/prompts';

export type { AsideMeasurement, MeasuredAnswer, MeasureSettings, MeasurementHead, PromptFacts };
export type { Verdict };
export type { JudgeChoice, SettingField };
export type { GuessedMapping, LabelChoice, PromptFormat, PromptMapping };

/** A model that can be asked. */
export interface OfferedModel {
  guest: string;
  name: string;
  parameters: number;
}

/** A judge that can be chosen. */
export interface OfferedJudge {
  name: string;
  description: string;
  /** Stands beside its figures, '' for none. */
  caveat: string;
  fields: readonly SettingField[];
  /** Whether it may be given a key. */
  takesKey: boolean;
  /** What leaves for a server, as a sentence with settings in braces; '' for nothing. */
  sends: string;
}

export interface MeasuringOffer {
  models: OfferedModel[];
  judges: OfferedJudge[];
  settings: MeasureSettings;
}

/** A file that was read, as the page shows it. */
export interface FilePreview {
  /** Of the file in this worker. */
  fileId: string;
  file: string;
  /** Of its set, where it is no public one. */
  name: string;
  format: PromptFormat;
  columns: readonly string[];
  /** All rows; the first few of them are in `first`. */
  rows: number;
  first: readonly { cells: readonly string[]; line: number }[];
  guess: GuessedMapping;
}

/** Labels that a column could give: its values, or null where it has more than labels have. */
export type ColumnValues = Readonly<Record<string, LabelChoice | null>> | null;

/** A file and what its columns mean. */
export interface ChosenFile {
  fileId: string;
  /** Of its set. */
  name: string;
  mapping: PromptMapping;
}

/** What chosen files come to. */
export interface CollectedFiles extends PromptFacts {
  /** Sets by name, each with its prompts. */
  sets: { name: string; metric: 'asr' | 'orr'; prompts: number }[];
}

export interface MeasurementOrder {
  guest: string;
  files: ChosenFile[];
  judge: JudgeChoice;
  settings: MeasureSettings;
}

/** A kept measurement. */
export interface LoadedMeasurement {
  head: MeasurementHead;
  answers: MeasuredAnswer[];
  /** Verdicts of the second judge, as far as it is; null of what was not asked. */
  second: (Verdict | null)[];
}

export interface MeasuringCalls {
  'measuring.offer': { asked: object; answer: MeasuringOffer };
  'measuring.read': { asked: { file: File }; answer: FilePreview };
  'measuring.values': { asked: { fileId: string; column: string }; answer: ColumnValues };
  /** Forgets a file. */
  'measuring.drop': { asked: { fileId: string }; answer: null };
  'measuring.collect': { asked: { files: ChosenFile[] }; answer: CollectedFiles };
  /** Keeps a measurement without answers. */
  'measuring.begin': { asked: { order: MeasurementOrder }; answer: MeasurementHead };
  /** Asks what has no answer yet; answered when all has, or when it was paused. The judge's key is kept nowhere. */
  'measuring.ask': { asked: { measurement: string; key: string }; answer: MeasurementHead };
  /** Has another judge judge the answers; goes on where the same judge had been paused. Paused by the same call. */
  'measuring.judge-again': {
    asked: { measurement: string; judge: JudgeChoice; key: string };
    answer: MeasurementHead;
  };
  /** Takes effect after the current batch; a judge that is at work is ended. */
  'measuring.pause': { asked: object; answer: null };
  'measuring.list': { asked: object; answer: { kept: MeasurementHead[]; aside: AsideMeasurement[] } };
  'measuring.load': { asked: { measurement: string }; answer: LoadedMeasurement };
  /** It can be brought back for ten minutes at least. */
  'measuring.remove': { asked: { measurement: string }; answer: null };
  'measuring.bring-back': { asked: { measurement: string }; answer: null };
}

export type MeasuringNews =
  /** The model is being opened: kernels that are compiled. */
  | { kind: 'preparing'; done: number; total: number }
  /** A batch was answered and kept. */
  | { kind: 'answered'; head: MeasurementHead; answers: MeasuredAnswer[] }
  /** A second judge has judged a batch, from this answer on. */
  | { kind: 'judged'; head: MeasurementHead; from: number; verdicts: (Verdict | null)[] };
