import type { Start } from './contender';
import type { Absence, ContenderResult } from './document';
import { charge, difference, Ledger, type Counts } from './instrument';
import type { Entry } from './registry';
import { rotated, summarize, timed } from './samples';

/** Who was this many times slower than the fastest on the GPU tells no more by being repeated. */
const LAGGING = 10;
/** Runs that it has all the same. */
const LEAST_RUNS = 2;

interface Competition<Contender, Workload, Input, Output> {
  entries: readonly Entry<Contender, Workload>[];
  workload: Workload & { warmUps: number; runs: number };
  start: Start;
  /** Tokens of one run. */
  tokens: number;
  /** What run number `run` works on, warm-ups included: made before the clock runs. */
  input: (run: number) => Input;
  run: (contender: Contender, input: Input) => Promise<Output>;
  say: (text: string) => void;
}

export interface Outcome<Output> {
  results: (ContenderResult & { outputs: Output[] })[];
  satOut: Absence[];
  failed: Absence[];
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
export async function compete<Contender extends { dispose(): void }, Workload, Input, Output>({
  entries,
  workload,
  start,
  tokens,
  input,
  run,
  say,
}: Competition<Contender, Workload, Input, Output>): Promise<Outcome<Output>> {
  const inputs = Array.from({ length: workload.warmUps + workload.runs }, (_, run) => input(run));
  const seats: Seat<Contender, Output>[] = [];
  const again = async (seat: Seat<Contender, Output>) => {
    const { result, seconds } = await timed(() =>
      charge(seat.ledger, () => run(seat.contender, inputs[seat.outputs.length])),
    );
    seat.outputs.push(result);
    return seconds;
  };
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
          return { contender, output: await run(contender, inputs[0]) };
        }),
      );
      say(`  ${name}: first run after ${seconds.toFixed(2)} s`);
      const { contender, output } = result;
      const before = ledger.snapshot();
      const seat = { name, contender, ledger, firstSeconds: seconds, seconds: [], outputs: [output], before };
      for (let warmUp = 1; warmUp < workload.warmUps; warmUp++) await again(seat);
      seat.before = ledger.snapshot();
      seats.push(seat);
    } catch (error) {
      // One library that does not run here must not keep the others from being measured.
      failed.push({ name, why: error instanceof Error ? error.message : String(error) });
      say(`  ${name} failed: ${failed.at(-1)!.why}`);
    }
  }
  for (let round = 0; round < workload.runs; round++) {
    const playing = round < LEAST_RUNS ? seats : seats.filter((seat) => !lags(seat, seats));
    for (const seat of rotated(playing, round)) seat.seconds.push(await again(seat));
    const said = playing.map(({ name, seconds }) => `${name} ${seconds[round].toFixed(3)} s`);
    say(`  ${round + 1}/${workload.runs}: ${said.join(', ')}`);
  }
  const results = seats.map(({ name, contender, ledger, firstSeconds, seconds: all, outputs, before }) => {
    const seconds = summarize(all);
    const counts = difference(ledger.snapshot(), before, all.length);
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
  return { results, satOut, failed };
}

type Measured = Pick<Seat<unknown, unknown>, 'ledger' | 'seconds'>;

/** Whether one of the seats on the GPU lags behind the others there, by its first measured run. */
function lags(seat: Measured, seats: readonly Measured[]): boolean {
  const onGpu = seats.filter(({ ledger }) => ledger.counts.dispatches > 0);
  const fastest = Math.min(...onGpu.map(({ seconds: [first] }) => first));
  return onGpu.includes(seat) && seat.seconds[0] > LAGGING * fastest;
}
