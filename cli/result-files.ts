/** Results of runs as files of a folder, named for their configs and seeds. */
import { join } from 'node:path';
import * as v from 'valibot';
import { version } from '../package.json';
import { firstIssue } from '../src/checkpoint/issue';
import { resultSchema, stands, subjectId, type Result, type Subject } from '../src/lab/reproduction/result';
import type { RunConfig } from '../src/lab/config';
import { archiveName } from '../src/lab/models/shipped';
import { shippedBeginning } from './base-agents';
import { readIfPresent, writeAtomically } from './files';

/** A result on disk cannot be read. */
export class ResultDamagedError extends Error {
  override name = 'ResultDamagedError';
}

const pathOf = (folder: string, id: string) => join(folder, `${id}.json`);

/** Null where there is none. @throws {ResultDamagedError} */
export function readResult(folder: string, id: string): Result | null {
  const path = pathOf(folder, id);
  const bytes = readIfPresent(path);
  if (!bytes) return null;
  const refuse = (why: string): never => {
    throw new ResultDamagedError(`${path}: ${why}. Remove it to measure anew.`);
  };
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return refuse('it is not JSON');
  }
  const found = v.safeParse(resultSchema, content);
  if (found.success) return found.output;
  return refuse(firstIssue(found.issues));
}

export function keepResult(folder: string, id: string, result: Result): void {
  writeAtomically(pathOf(folder, id), `${JSON.stringify(result)}\n`);
}

/** The results of these subjects, by id, as far as they stand: of the agents that are shipped, and by this version of the program. */
export async function readStanding(folder: string, subjects: readonly Subject[]): Promise<Map<string, Result>> {
  const found = new Map<string, Result>();
  const bases = new Map<string, Promise<string>>();
  const baseOf = (config: RunConfig): Promise<string> => {
    const name = archiveName(config);
    const base = bases.get(name) ?? shippedBeginning(config).then((beginning) => beginning.base);
    bases.set(name, base);
    return base;
  };
  for (const subject of subjects) {
    const id = subjectId(subject);
    const result = readResult(folder, id);
    if (result && stands(result, await baseOf(subject.config), version)) found.set(id, result);
  }
  return found;
}
