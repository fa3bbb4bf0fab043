import type { ScalingResult } from './document';
import { openTraining } from './peers/ours';
import { ours } from './peers/ours-webgpu';
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

/** How a training step of ours grows with its batch, and per token with the length of its sequences: one model, the same kernels. */
export async function measureScaling(runs: number, say: (text: string) => void): Promise<ScalingResult> {
  say(`Scaling of ${SIZE}`);
  const from = start(SIZE, Math.max(...shapes.map(({ length }) => length)) + 1);
  const model = await openTraining(ours, from, {
    tokens: Math.max(...shapes.map(({ sequences, length }) => sequences * length)),
    sequences: Math.max(...shapes.map(({ sequences }) => sequences)),
  });
  const points = shapes.map((shape) => ({ ...shape, all: [] as number[] }));
  // Round 0 warms up.
  for (let round = 0; round <= runs; round++) {
    for (const { sequences, length, all } of rotated(points, round)) {
      const ids = batch(from.config, sequences, length + 1, round);
      const { seconds } = await timed(() => model.train(ids));
      if (round > 0) all.push(seconds);
    }
  }
  model.dispose();
  return {
    size: SIZE,
    backend: ours.name,
    runs,
    points: points.map(({ sequences, length, all }) => {
      const seconds = summarize(all);
      say(`  ${sequences} × ${length}: ${seconds.median.toFixed(3)} s`);
      return { sequences, length, seconds };
    }),
  };
}
