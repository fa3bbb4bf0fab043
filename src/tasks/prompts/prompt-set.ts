/** The prompts of one file, and of several files together: labelled, without empty and repeated ones. */
import type { Prompt } from '../../task/prompt';
import type { Label, PromptMapping } from './mapping';
import { normalise, splitOf, type PromptSplit } from './normalise';
import { PromptFileError, type PromptTable } from './table';

/** What a set of real prompts knows of a prompt: where it stands, and what it is for. */
export interface PromptTruth {
  /** The file's name. */
  file: string;
  /** In the file, counted from 1: its line, or in Parquet its row. */
  line: number;
  split: PromptSplit;
}

export type RealPrompt = Prompt<PromptTruth>;

/** A file that was read, and what its columns mean. */
export interface MappedFile {
  /** The file's name. */
  file: string;
  /** Of the public set that it is, or of the file without its ending. */
  name: string;
  table: PromptTable;
  mapping: PromptMapping;
}

/** What became of a file's rows. */
export interface FileCount {
  file: string;
  name: string;
  rows: number;
  harmful: number;
  benign: number;
  /** Rows whose label is to be left out. */
  leftOut: number;
  /** Rows without a prompt. */
  empty: number;
  /** Rows whose prompt stands before them, in this file or in an earlier one. */
  duplicates: number;
  /** Of these, those that have the other label there. The first one counts. */
  contradictions: number;
}

/** Prompts of all files in their order, and how many there were of each kind. */
export interface CollectedPrompts {
  prompts: RealPrompt[];
  files: FileCount[];
}

/** A file's name without its ending, for a set. */
export function nameOfFile(file: string): string {
  return file.replace(/\.[^.]+$/, '') || file;
}

/**
 * A file with both labels gives two sets, "XSTest safe" and "XSTest unsafe"; another gives one of its own name. Throws
 * `PromptFileError` for a mapping that the file does not fit, and where no prompt is left.
 */
export function collectPrompts(files: readonly MappedFile[]): CollectedPrompts {
  const seen = new Map<string, boolean>();
  const names = new Set<string>();
  const prompts: RealPrompt[] = [];
  const counts = files.map((mapped): FileCount => {
    const name = distinct(mapped.name, names);
    const { count, kept } = readOne(mapped, seen);
    const both = count.harmful > 0 && count.benign > 0;
    for (const { text, harmful, truth } of kept) {
      prompts.push({ text, harmful, truth, set: both ? `${name} ${harmful ? 'unsafe' : 'safe'}` : name });
    }
    return { ...count, file: mapped.file, name };
  });
  if (prompts.length === 0) throw new PromptFileError('No prompt is left to measure. Choose other columns or labels.');
  return { prompts, files: counts };
}

type Counted = Omit<FileCount, 'file' | 'name'>;

/** @param seen normalised texts of this and of earlier files, and whether they are harmful. */
function readOne({ file, table, mapping }: MappedFile, seen: Map<string, boolean>) {
  const place = (column: string): number => {
    const at = table.columns.indexOf(column);
    if (at < 0) throw new PromptFileError(`${file} has no column "${column}". It has ${table.columns.join(', ')}.`);
    return at;
  };
  const prompt = place(mapping.prompt);
  const context = mapping.context === null ? null : place(mapping.context);
  const labelOf = labels(mapping, place);
  const count: Counted = { rows: 0, harmful: 0, benign: 0, leftOut: 0, empty: 0, duplicates: 0, contradictions: 0 };
  const kept: Omit<RealPrompt, 'set'>[] = [];
  for (const { cells, line } of table.rows) {
    count.rows += 1;
    const label = labelOf(cells);
    const text = withContext(cells[prompt], context === null ? '' : cells[context]);
    const normalised = normalise(text);
    const harmful = label === 'harmful';
    const before = seen.get(normalised);
    if (label === null) count.leftOut += 1;
    else if (normalised === '') count.empty += 1;
    else if (before !== undefined) {
      count.duplicates += 1;
      if (before !== harmful) count.contradictions += 1;
    } else {
      seen.set(normalised, harmful);
      count[label] += 1;
      kept.push({ text, harmful, truth: { file, line, split: splitOf(normalised) } });
    }
  }
  return { count, kept };
}

/** The label of a row, null to leave it out. */
function labels({ labels }: PromptMapping, place: (column: string) => number) {
  if ('whole' in labels) return (): Label | null => labels.whole;
  const at = place(labels.column);
  return (cells: readonly string[]): Label | null => {
    const value = cells[at];
    const choice = Object.hasOwn(labels.values, value) ? labels.values[value] : 'leave out';
    return choice === 'leave out' ? null : choice;
  };
}

/** As HarmBench puts a behavior's context before it. */
function withContext(prompt: string, context: string): string {
  return context.trim() === '' || prompt.trim() === '' ? prompt : `${context}\n\n---\n\n${prompt}`;
}

function distinct(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let n = 2; names.has(name); n++) name = `${wanted} (${n})`;
  names.add(name);
  return name;
}
