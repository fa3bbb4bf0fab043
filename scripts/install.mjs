/** Installs the packages of package-lock.json where they are missing or stale. Only Node's built-ins: it runs first. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What the packages run on (`engines` in package.json): the oldest of each line, and all of the last one. */
const lines = [
  [20, 19],
  [22, 13],
];
const later = 24;

/** Run from npm, its own script is named in the environment: that works on Windows too, without a shell. */
function npm(args, options) {
  const script = process.env.npm_execpath;
  return script ? spawnSync(process.execPath, [script, ...args], options) : spawnSync('npm', args, options);
}

/** npm keeps what it installed in a lock of its own inside node_modules; optional packages are for other platforms. */
function upToDate() {
  const installed = `${root}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || present[path]?.integrity === entry.integrity,
  );
}

export function ensureInstalled() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < later && !lines.some(([line, oldest]) => major === line && minor >= oldest)) {
    const names = lines.map((line) => line.join('.')).join(', ');
    console.error(`Node ${names} (or later of these lines) or ${later} is needed; this is ${process.versions.node}.`);
    process.exit(1);
  }
  if (upToDate()) return;
  console.error('Installing packages (npm ci) …');
  // No package needs its install script; onnxruntime-node's fetches CUDA. What npm says goes to stderr: a command's stdout is
  // read by programs.
  const { status } = npm(['ci', '--ignore-scripts'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error('npm ci failed; see above. Is the npm registry within reach?');
    process.exit(status ?? 1);
  }
}
