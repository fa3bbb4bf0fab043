/** Work that several processes of the same command share, each taking its part. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { UsageError, type Arguments } from './arguments';
import { say } from './output';

export const workerOptions = {
  workers: { value: 'N', description: 'processes that share the work (default 1)' },
  part: { value: 'I/N', description: 'only every Nth piece of it, from the Ith: what a process is given' },
} as const;

/** Which pieces, by their number, are this process's: all of them if it was given no part. @throws {UsageError} */
export function ownPart(args: Arguments): (piece: unknown, i: number) => boolean {
  const text = args.text('part');
  if (text === undefined) return () => true;
  const [part, parts] = /^(\d+)\/(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (!(part >= 1 && part <= parts)) throw new UsageError(`--part takes I/N with I from 1 to N, not "${text}".`);
  return (_, i) => i % parts === part - 1;
}

/**
 * A command in several processes, their lines put together as they come. A software driver takes every core for each of
 * them, and they would only wait for each other: so the cores are shared out.
 */
export async function shareOut(command: readonly string[], workers: number, args: Arguments): Promise<void> {
  const threads = Math.max(1, Math.floor(availableParallelism() / workers));
  await Promise.all(
    Array.from({ length: workers }, async (_, i) => {
      const part = ['--part', `${i + 1}/${workers}`, '--adapter', args.adapter, '--kernels', args.kernels];
      const child = spawn(process.execPath, [process.argv[1], ...command, ...part], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { LP_NUM_THREADS: String(threads), ...process.env },
      });
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      for await (const line of createInterface({ input: child.stdout })) process.stdout.write(`${line}\n`);
      const code = await ended;
      if (code !== 0) say(`Process ${i + 1} ended with code ${code}; the same command does what is missing.`);
    }),
  );
}
