import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { guessMapping, readPromptFile, type MappedFile, type PromptFile } from '../../../src/tasks/prompts';
import { complete } from '../../../src/tasks/prompts';

/** Real prompt sets and small failing files; they lie beside the repository, not in it. */
const shared = new URL('../../../../shared/', import.meta.url).pathname;
export const dataFolder = `${shared}data/`;
export const casesFolder = `${shared}cases/csv/`;
export const dataIsHere = existsSync(dataFolder) && existsSync(casesFolder);

const fixtures = new URL('./fixtures/', import.meta.url).pathname;

export const fixture = (name: string): PromptFile => fileOf(name, readFileSync(fixtures + name));

export function fileOf(name: string, content: string | Uint8Array): PromptFile {
  return new File([typeof content === 'string' ? content : new Uint8Array(content)], name);
}

export const sharedFile = (path: string): PromptFile => fileOf(basename(path), readFileSync(path));

/** A public set, read as it is recognised. */
export async function publicSet(name: string): Promise<MappedFile> {
  const table = await readPromptFile(sharedFile(dataFolder + name));
  const guess = guessMapping(table, name);
  return { file: name, name: guess.benchmark ?? name, table, mapping: complete(guess, name, '') };
}
