import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** `waltz serve` of its own, with these options, at a free port. */
export function servePageWith(options: readonly string[]): Promise<{ address: string; close: () => void }> {
  const child = spawn(process.execPath, ['cli/waltz.mjs', 'serve', '--port', '0', ...options], {
    cwd: resolve(import.meta.dirname, '..'),
  });
  const close = () => void child.kill('SIGTERM');
  return new Promise((begun, failed) => {
    let out = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      if (out.includes('\n')) begun({ ...(JSON.parse(out.split('\n')[0]) as { address: string }), close });
    });
    child.on('exit', (code) => failed(new Error(`waltz serve ended with ${code}.`)));
  });
}
