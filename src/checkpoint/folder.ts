import { duplicateKey, nesting } from './json';
import { short } from './short';

/** File name → content. */
export type Files = Record<string, Uint8Array>;

/** A folder that lacks a file or a tensor, or has one that cannot be used. */
export class AgentFilesError extends Error {
  override name = 'AgentFilesError';
}

/** Real files stay far below; deeper ones would end the stack of whoever walks them. */
const DEEPEST = 64;

/** A file of a folder; `folder` names it in messages. */
export function find(files: Files, name: string, folder: string): Uint8Array {
  if (!Object.hasOwn(files, name)) {
    throw new AgentFilesError(`${folder} has no ${name}. Export or download it again, with all of its files.`);
  }
  return files[name];
}

/** Its content as UTF-8. */
export function readText(files: Files, name: string, folder: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(find(files, name, folder));
  } catch (error) {
    if (error instanceof AgentFilesError) throw error;
    throw new AgentFilesError(`${folder}/${name} is not text in UTF-8. Export or download it again.`);
  }
}

/** Its content as a JSON object in which no key stands twice. */
export function readJson(files: Files, name: string, folder: string): Record<string, unknown> {
  const refuse = (what: string): never => {
    throw new AgentFilesError(`${folder}/${name} ${what}. Export or download it again.`);
  };
  const text = readText(files, name, folder);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('is not a JSON object');
  if (nesting(text) > DEEPEST) return refuse(`is nested more than ${DEEPEST} deep`);
  const twice = duplicateKey(text);
  if (twice !== null) return refuse(`has "${short(twice)}" twice in one object`);
  return value as Record<string, unknown>;
}
