/** The command line in a process of its own, compiled as it is in the package (build.ts). */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface Outcome {
  code: number | null;
  lines: Record<string, unknown>[];
  /** All of stdout. */
  out: string;
  errors: string;
}

/** Runs `waltz …`, whose stdout is lines of JSON but where `json` is false. Presses Ctrl-C once so many lines are out, or once something is said on stderr. */
export function waltz(
  argv: readonly string[],
  {
    interruptAfter = Infinity,
    interruptAt,
    json = true,
  }: { interruptAfter?: number; interruptAt?: string; json?: boolean } = {},
): Promise<Outcome> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, ['dist-cli/waltz.mjs', ...argv], { cwd: root });
    let [out, errors, interrupted] = ['', '', false];
    const interruptIf = (now: boolean) => {
      if (now && !interrupted) interrupted = child.kill('SIGINT');
    };
    child.stderr.on('data', (data: Buffer) => {
      errors += data.toString();
      interruptIf(interruptAt !== undefined && errors.includes(interruptAt));
    });
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      interruptIf(out.split('\n').length > interruptAfter);
    });
    child.on('close', (code) => {
      const lines = json ? out.split('\n').filter((line) => line !== '') : [];
      settle({ code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), out, errors });
    });
  });
}
