import type { Entry, Pace } from './contender';
import type { Absence, ContenderResult } from './document';
import { charge, difference, Ledger, type Counts } from './instrument';
import { rotated, summarize, timed, type Samples } from './samples';

/** Who was this many times slower than the fastest on the GPU tells no more by being repeated. */
const LAGGING = 10;
/** Milliseconds before a turn: threads of WebAssembly spin on for a while, and would slow down whoever comes behind. */
const REST = 200;
/** Seconds of a turn at least: a short run right after the rest, with cold caches and sleeping threads, is not how anyone trains. */
const TURN = 1;

interface Competition<Contender, Workload, Input, Output, From> {
  entries: readonly Entry<Contender, Workload, From>[];
  workload: Workload & { warmUps: number; runs: number };
  start: From;
  /** Tokens of one run. */
  tokens: number;
  /** Seconds of a turn at least; as many runs are made as fill them. */
  turn?: number | undefined;
  /** What run number `run` works on, warm-ups included: made before the clock runs. */
  input: (run: number) => Input;
  run: (contender: Contender, input: Input) => Promise<Output>;
  /** Seconds of a run, by what it gave: its whole time if left out. */
  secondsOf?: (output: Output) => number;
  /** What they are held against, if anything. */
  pace: Pace | null;
  say: (text: string) => void;
}

export interface Outcome<Output> {
  results: (ContenderResult & { outputs: Output[] })[];
  satOut: Absence[];
  failed: Absence[];
  paceSeconds: Samples | null;
}

/** Someone who takes turns. */
interface Seat {
  name: string;
  /** Runs once more, for so many seconds. */
  again: () => Promise<number>;
  /** Of a run, by turns. */
  seconds: number[];
}

interface ContenderSeat<Contender, Output> extends Seat {
  contender: Contender;
  ledger: Ledger;
  firstSeconds: number;
  outputs: Output[];
  before: Counts;
}

/**
 * All contenders in turns, and what they are held against with them, so that what else the machine does falls on all alike.
 * Each keeps its buffers until the end.
 */
export async function compete<Contender extends { dispose(): void }, Workload, Input, Output, From>({
  entries,
  workload,
  start,
  tokens,
  turn = TURN,
  input,
  run,
  secondsOf,
  pace,
  say,
}: Competition<Contender, Workload, Input, Output, From>): Promise<Outcome<Output>> {
  const inputs: Input[] = [];
  const inputOf = (run: number) => (inputs[run] ??= input(run));
  const seats: ContenderSeat<Contender, Output>[] = [];
  const satOut: Absence[] = [];
  const failed: Absence[] = [];
  for (const { name, sitsOut, open } of entries) {
    const why = sitsOut(workload);
    if (why !== null) {
      satOut.push({ name, why });
      continue;
    }
    const ledger = new Ledger();
    try {
      const { result, seconds } = await timed(() =>
        charge(ledger, async () => {
          const contender = await open(start, workload);
          return { contender, output: await run(contender, inputOf(0)) };
        }),
      );
      say(`  ${name}: first run after ${seconds.toFixed(2)} s`);
      const { contender, output } = result;
      const outputs: Output[] = [output];
      const again = async () => {
        const given = inputOf(outputs.length);
        const { result, seconds } = await timed(() => charge(ledger, () => run(contender, given)));
        outputs.push(result);
        return secondsOf?.(result) ?? seconds;
      };
      for (let warmUp = 1; warmUp < workload.warmUps; warmUp++) await again();
      const before = ledger.snapshot();
      seats.push({ name, again, seconds: [], contender, ledger, firstSeconds: seconds, outputs, before });
    } catch (error) {
      // One library that does not run here must not keep the others from being measured.
      failed.push({ name, why: error instanceof Error ? error.message : String(error) });
      say(`  ${name} failed: ${failed.at(-1)!.why}`);
    }
  }
  const paced: Seat | null = pace && {
    name: pace.name,
    again: async () => (await timed(() => pace.run())).seconds,
    seconds: [],
  };
  const all: Seat[] = paced ? [paced, ...seats] : seats;
  for (let round = 0; round < workload.runs; round++) {
    const sitting = round === 0 ? [] : laggards(seats);
    const playing = all.filter((seat) => !sitting.includes(seat));
    for (const seat of rotated(playing, round)) {
      await new Promise((resolve) => setTimeout(resolve, REST));
      seat.seconds.push(await takeTurn(seat, turn));
    }
    const said = playing.map(({ name, seconds }) => `${name} ${seconds[round].toFixed(3)} s`);
    say(`  ${round + 1}/${workload.runs}: ${said.join(', ')}`);
  }
  const results = seats.map(({ name, contender, ledger, firstSeconds, seconds: all, outputs, before }) => {
    const seconds = summarize(all);
    const counts = difference(ledger.snapshot(), before, outputs.length - workload.warmUps);
    const { liveBytes, peakBytes } = ledger;
    contender.dispose();
    return {
      name,
      firstSeconds,
      seconds,
      tokensPerSecond: tokens / seconds.median,
      counts,
      liveBytes,
      peakBytes,
      outputs,
    };
  });
  return { results, satOut, failed, paceSeconds: paced && summarize(paced.seconds) };
}

/** Seconds of a run, the mean of as many as fill the turn. */
async function takeTurn(seat: Seat, turn: number): Promise<number> {
  const until = performance.now() + 1000 * turn;
  let sum = 0;
  let runs = 0;
  do {
    sum += await seat.again();
    runs++;
  } while (performance.now() < until);
  return sum / runs;
}

/** Those on the GPU who lag behind the others there, by their first measured run. */
function laggards(seats: readonly (Seat & { ledger: Ledger })[]): Seat[] {
  const onGpu = seats.filter(({ ledger }) => ledger.counts.dispatches > 0);
  const fastest = Math.min(...onGpu.map(({ seconds: [first] }) => first));
  return onGpu.filter(({ seconds: [first] }) => first > LAGGING * fastest);
}

/** The result of that name; if it could not take part, the first one. */
export function resultOf<Result extends { name: string }>(results: readonly Result[], name: string): Result {
  const found = results.find((result) => result.name === name) ?? results[0];
  if (!found) throw new Error('No contender ran. See what failed above.');
  return found;
}
