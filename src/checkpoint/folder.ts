import type { Sources } from './byte-source';
import { duplicateKey } from './json';
import { excess, limitsOf, oversize } from './limits';
import { short } from './short';

/** File name → content. */
export type Files = Record<string, Uint8Array>;

/** A folder that lacks a file or a tensor, or has one that cannot be used. */
export class AgentFilesError extends Error {
  override name = 'AgentFilesError';
}

/** A file of a folder; `folder` names it in messages. */
export function find<File>(files: Readonly<Record<string, File>>, name: string, folder: string): File {
  if (!Object.hasOwn(files, name)) {
    throw new AgentFilesError(`${folder} has no ${name}. Export or download it again, with all of its files.`);
  }
  return files[name];
}

/** Small files whole, those of the names that are there; one that is larger than such files are is not even read. */
export async function readWhole(sources: Sources, names: readonly string[], folder: string): Promise<Files> {
  const files: Files = {};
  for (const name of names.filter((one) => Object.hasOwn(sources, one))) {
    const source = sources[name];
    const tooLarge = oversize(source.size, limitsOf(name));
    if (tooLarge !== null) throw refusal(folder, name, tooLarge);
    files[name] = await source.slice(0, source.size);
  }
  return files;
}

/** Its content as UTF-8, where it is no larger than such files are. */
export function readText(files: Files, name: string, folder: string): string {
  const bytes = find(files, name, folder);
  const tooLarge = oversize(bytes.length, limitsOf(name));
  if (tooLarge !== null) throw refusal(folder, name, tooLarge);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refusal(folder, name, 'is not text in UTF-8');
  }
}

/** Its content as a JSON object in which no key stands twice. Limits come first: nothing beyond them is decoded or parsed. */
export function readJson(files: Files, name: string, folder: string): Record<string, unknown> {
  const refuse = (what: string): never => {
    throw refusal(folder, name, what);
  };
  const limits = limitsOf(name);
  const tooMuch = limits && excess(find(files, name, folder), limits);
  if (tooMuch !== null) return refuse(tooMuch);
  const text = readText(files, name, folder);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== null) return refuse(`has "${short(twice)}" twice in one object`);
  return value as Record<string, unknown>;
}

function refusal(folder: string, name: string, what: string): AgentFilesError {
  return new AgentFilesError(`${folder}/${name} ${what}. Export or download it again.`);
}
