/** Work that several processes of the same command share: whichever is free takes the next piece. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { UsageError, type Arguments } from './arguments';
import { settleChoice } from './backend';
import { computeChoice, sameChoice } from './compute-options';
import type { Interruption } from './interruption';
import { say } from './output';

/** Some of the work was not done. */
export class WorkerError extends Error {
  override name = 'WorkerError';
}

/** What the process that began others tells them, beside the number of a piece. */
const STOP = 'stop';

export const workerOptions = {
  workers: { value: 'N', description: 'processes that share the work (default 1)' },
  shared: { description: 'takes its work from the process that began it: what those of --workers are given' },
} as const;

/**
 * The pieces that are this process's, with their numbers from 1: all of them in order, or those that the process which began
 * it hands out, whose interruption is this one's too. @throws {UsageError} if no process did.
 */
export async function* ownPieces<Piece>(
  pieces: readonly Piece[],
  args: Arguments,
  interruption: Interruption,
): AsyncGenerator<[number, Piece]> {
  if (!args.switched('shared')) {
    for (const [i, piece] of pieces.entries()) yield [i + 1, piece];
    return;
  }
  if (!process.send) throw new UsageError('--shared is for the processes that --workers begins.');
  process.on('message', (message) => {
    if (message === STOP) interruption.ask();
  });
  try {
    for (let i = await nextPiece(); i < pieces.length; i = await nextPiece()) yield [i + 1, pieces[i]];
  } finally {
    process.disconnect();
  }
}

function nextPiece(): Promise<number> {
  return new Promise((resolve) => {
    const hear = (message: unknown) => {
      if (typeof message !== 'number') return;
      process.off('message', hear);
      resolve(message);
    };
    process.on('message', hear);
    process.send?.('next');
  });
}

/**
 * A command in several processes, their lines put together as they come. A software driver takes every core for each of
 * them, as the CPU backend does, and they would only wait for each other: so the cores are shared out. @throws {WorkerError}
 * if any of them failed.
 */
export async function shareOut(
  command: readonly string[],
  workers: number,
  args: Arguments,
  interruption: Interruption,
): Promise<void> {
  let next = 0;
  const choice = computeChoice(args);
  const shareOf = (cores: number) => Math.max(1, Math.floor(cores / workers));
  const threads = shareOf(choice.threads);
  // Lavapipe reads it, here too where backends are timed.
  process.env['LP_NUM_THREADS'] ??= String(shareOf(availableParallelism()));
  await settleChoice({ ...choice, threads });
  const codes = await Promise.all(
    Array.from({ length: workers }, async (_, i) => {
      const shared = ['--shared', ...sameChoice(args, threads)];
      const child = spawn(process.execPath, [process.argv[1], ...command, ...shared], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      });
      child.on('message', () => child.send(next++));
      interruption.onAsked(() => child.connected && child.send(STOP));
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      for await (const line of createInterface({ input: child.stdout! })) process.stdout.write(`${line}\n`);
      const code = await ended;
      if (code !== 0) say(`Process ${i + 1} ended with code ${code}.`);
      return code;
    }),
  );
  if (codes.some((code) => code !== 0)) {
    throw new WorkerError('Not everything was done: see above. The same command does what is missing.');
  }
}
