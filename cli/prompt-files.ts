import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  complete,
  createPromptsTask,
  guessMapping,
  nameOfFile,
  readPromptFile,
  type GuessedMapping,
  type Label,
  type MappedFile,
  type PromptsTask,
} from '../src/tasks/prompts';
import { UsageError } from './arguments';

const ADVICE = 'Give --label FILE=harmful or --label FILE=benign.';

/** Prompt files as a task. `labels` says of a file, by its path or its name, that all of it is harmful or benign. */
export async function readPromptFiles(
  paths: readonly string[],
  labels: ReadonlyMap<string, Label>,
): Promise<PromptsTask> {
  const known = new Set(paths.flatMap((path) => [path, basename(path)]));
  const stray = [...labels.keys()].find((name) => !known.has(name));
  if (stray !== undefined) throw new UsageError(`--label ${stray}=… names no file of --prompts.`);
  const files: MappedFile[] = [];
  for (const path of paths) files.push(await readOne(path, labels.get(path) ?? labels.get(basename(path))));
  return await createPromptsTask(files);
}

async function readOne(path: string, whole: Label | undefined): Promise<MappedFile> {
  if (!existsSync(path) || !statSync(path).isFile()) throw new UsageError(`There is no file ${path}.`);
  const file = basename(path);
  const arrayBuffer = async () => new Uint8Array(await readFile(path)).buffer;
  const table = await readPromptFile({ name: file, size: statSync(path).size, arrayBuffer });
  const guess = guessMapping(table, file);
  const labelled: GuessedMapping = whole === undefined ? guess : { ...guess, labels: { whole } };
  return { file, name: guess.benchmark ?? nameOfFile(file), table, mapping: complete(labelled, file, ADVICE) };
}

/** The files of `--prompts FILE[,FILE]`; a path that has a comma itself is taken as it is. */
export function pathsOf(list: string): string[] {
  return existsSync(list) ? [list] : list.split(',').map((path) => path.trim());
}

/** What `--label FILE=harmful|benign …` says. Throws `UsageError`. */
export function labelsOf(given: readonly string[]): Map<string, Label> {
  return new Map(
    given.map((text) => {
      const [, file, label] = /^(.+)=(harmful|benign)$/.exec(text) ?? [];
      if (file === undefined) throw new UsageError(`--label must be FILE=harmful or FILE=benign, not "${text}".`);
      return [file, label as Label];
    }),
  );
}
