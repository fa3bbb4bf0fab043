import type { ScalingResult } from './document';
import { openTraining } from './peers/ours';
import { rotated, summarize, timed } from './samples';
import { batch, start } from './workloads';

/** Batches of one length, and lengths of about one number of tokens. */
const shapes = [
  { sequences: 8, length: 64 },
  { sequences: 16, length: 64 },
  { sequences: 32, length: 64 },
  { sequences: 16, length: 128 },
  { sequences: 8, length: 256 },
  { sequences: 4, length: 512 },
  { sequences: 2, length: 1024 },
] as const;
const SIZE = '0.1M';

/** How a training step of ours grows with its batch, and per token with the length of its sequences. */
export async function measureScaling(runs: number, say: (text: string) => void): Promise<ScalingResult> {
  say(`Scaling of ${SIZE}`);
  const seats = [];
  for (const shape of shapes) {
    const { sequences, length } = shape;
    const from = start(SIZE, length + 1);
    const contender = await openTraining(from, shape);
    const run = (step: number) => timed(() => contender.train(batch(from.config, sequences, length + 1, step)));
    await run(0);
    seats.push({ ...shape, contender, run, seconds: [] as number[] });
  }
  for (let round = 0; round < runs; round++) {
    for (const seat of rotated(seats, round)) seat.seconds.push((await seat.run(round + 1)).seconds);
  }
  const points = seats.map(({ sequences, length, contender, seconds }) => {
    contender.dispose();
    return { sequences, length, seconds: summarize(seconds) };
  });
  for (const { sequences, length, seconds } of points)
    say(`  ${sequences} × ${length}: ${seconds.median.toFixed(3)} s`);
  return { size: SIZE, runs, points };
}
