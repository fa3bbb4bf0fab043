import { products } from '../../src/model/flops';
import { sizedConfig, sizes } from '../../src/model/sizes';
import type { Pace } from '../contender';
import type { MatmulResult } from '../document';
import { PASSES } from '../flops';
import { vocabulary } from '../workloads';
import { bind, openDevice, runPass } from './device';
import { makeFactors } from './factors';
import { allKernels } from './measure';

/**
 * The matrix products of a training step and nothing else, as many as it has, each in the kernel that was best at its shape;
 * its two backward products count as two more of the same.
 */
export async function openProducts({ size, tokens, shapes }: MatmulResult): Promise<Pace> {
  const device = await openDevice();
  const bound = await Promise.all(
    products(sizedConfig(sizes[size], vocabulary, tokens), tokens).map(async ({ name, inputs, outputs, count }) => {
      const { best } = shapes.find((shape) => shape.name === name)!;
      const kernel = allKernels.find((one) => one.name === best.kernel)!;
      const shape = { m: tokens, k: inputs, n: outputs };
      return { times: PASSES * count, record: await bind(device, kernel, shape, makeFactors(device, shape)) };
    }),
  );
  // The first run also compiles on some adapters.
  await runPass(device, (pass) => bound.forEach(({ record }) => record(pass)));
  const most = Math.max(...bound.map(({ times }) => times));
  return {
    name: 'the products alone',
    run: () =>
      runPass(device, (pass) => {
        // Never the same one twice in a row: in a step, too, each finds the numbers of others in the caches.
        for (let turn = 0; turn < most; turn++) {
          for (const { times, record } of bound) if (turn < times) record(pass);
        }
      }),
    dispose: () => device.destroy(),
  };
}
