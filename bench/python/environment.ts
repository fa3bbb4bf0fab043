import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeAtomically } from '../../cli/files';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const folder = fileURLToPath(new URL('../../.cache/python', import.meta.url));
const interpreter = `${folder}/${process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'}`;
/** What was installed, once it was. */
const installed = `${folder}/installed.txt`;

/** An interpreter that has what `requirements.txt` wants, or why there is none. */
export type Python = { interpreter: string } | { why: string };

/** Makes a virtual environment under .cache/ when it is first asked for: gigabytes, so only who asks gets it. */
export function preparePython(say: (text: string) => void): Python {
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return { interpreter };
  const python = ['python3', 'python'].find((name) => runs(name, ['-c', 'import venv']));
  if (python === undefined) return { why: 'there is no Python with venv here' };
  say(`Installing PyTorch into .cache/python: several gigabytes, once`);
  if (!runs(python, ['-m', 'venv', folder])) return { why: 'a virtual environment could not be made in .cache/python' };
  if (!runs(interpreter, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements])) {
    return { why: 'its packages could not be installed from PyPI (see what pip said)' };
  }
  writeAtomically(installed, wanted);
  return { interpreter };
}

/** What a program says is progress: stdout is for results. */
const runs = (program: string, words: readonly string[]) =>
  spawnSync(program, words, { stdio: ['ignore', 2, 2] }).status === 0;
