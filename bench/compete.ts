import type { Start } from './contender';
import type { ContenderResult } from './document';
import { charge, difference, Ledger, type Counts } from './instrument';
import type { Entry } from './registry';
import { rotated, summarize, timed } from './samples';

/** Runs before those that are measured, the first one apart: code is compiled, by WebAssembly engines in the background. */
export const WARM_UPS = 2;

interface Competition<Contender, Workload, Output> {
  entries: readonly Entry<Contender, Workload>[];
  workload: Workload & { runs: number };
  start: Start;
  /** Tokens of one run. */
  tokens: number;
  /** Run number `run` of a contender, warm-ups included. */
  run(contender: Contender, run: number): Promise<Output>;
  say(text: string): void;
}

interface Seat<Contender, Output> {
  name: string;
  contender: Contender;
  ledger: Ledger;
  firstSeconds: number;
  seconds: number[];
  outputs: Output[];
  before: Counts;
}

/**
 * All contenders in turns, so that what else the machine does falls on all of them alike. Each keeps its buffers until
 * the end.
 */
export async function compete<Contender extends { dispose(): void }, Workload, Output>({
  entries,
  workload,
  start,
  tokens,
  run,
  say,
}: Competition<Contender, Workload, Output>): Promise<(ContenderResult & { outputs: Output[] })[]> {
  const seats: Seat<Contender, Output>[] = [];
  const again = async (seat: Seat<Contender, Output>) => {
    const { result, seconds } = await timed(() =>
      charge(seat.ledger, () => run(seat.contender, seat.outputs.length)),
    );
    seat.outputs.push(result);
    return seconds;
  };
  for (const { name, open } of entries) {
    const ledger = new Ledger();
    const { result, seconds } = await timed(() =>
      charge(ledger, async () => {
        const contender = await open(start, workload);
        return { contender, output: await run(contender, 0) };
      }),
    );
    say(`  ${name}: first run after ${seconds.toFixed(2)} s`);
    const { contender, output } = result;
    const seat = { name, contender, ledger, firstSeconds: seconds, seconds: [], outputs: [output], before: ledger.snapshot() };
    for (let warmUp = 1; warmUp < WARM_UPS; warmUp++) await again(seat);
    seat.before = ledger.snapshot();
    seats.push(seat);
  }
  for (let round = 0; round < workload.runs; round++) {
    for (const seat of rotated(seats, round)) seat.seconds.push(await again(seat));
    say(`  ${round + 1}/${workload.runs}: ${seats.map(({ name, seconds }) => `${name} ${seconds[round].toFixed(3)} s`).join(', ')}`);
  }
  return seats.map(({ name, contender, ledger, firstSeconds, seconds: all, outputs, before }) => {
    const seconds = summarize(all);
    const counts = difference(ledger.snapshot(), before, all.length);
    const { liveBytes, peakBytes } = ledger;
    contender.dispose();
    return { name, firstSeconds, seconds, tokensPerSecond: tokens / seconds.median, counts, liveBytes, peakBytes, outputs };
  });
}
