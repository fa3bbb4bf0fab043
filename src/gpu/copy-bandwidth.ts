import type { Gpu } from './device';

/** More than any cache holds; a software adapter copies through the processor's, slowly. */
const BYTES = { hardware: 64 * 2 ** 20, software: 16 * 2 ** 20 };
/** One submit holds the GPU for about so many milliseconds. */
const MEASUREMENT = 20;
const MEASUREMENTS = 3;
const MOST_COPIES = 256;

/**
 * Bytes that copying from buffer to buffer reads and writes in a second, both counted: the best of three. For a few
 * tenths of a second at most the GPU does nothing else, so call it between two steps.
 */
export async function measureCopyBandwidth({ device, adapter }: Gpu): Promise<number> {
  const size = Math.min(adapter.software ? BYTES.software : BYTES.hardware, device.limits.maxBufferSize);
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  // Gone before the next step, so they are no part of what training takes.
  const [from, to] = ['copied', 'copy'].map((label) => device.createBuffer({ label, size, usage }));
  const copy = async (times: number): Promise<number> => {
    const encoder = device.createCommandEncoder({ label: 'copy-bandwidth' });
    for (let i = 0; i < times; i++) encoder.copyBufferToBuffer(from, 0, to, 0, size);
    const begun = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - begun;
  };
  try {
    // The first one also clears both; the second one says how often to repeat.
    await copy(1);
    const times = Math.min(MOST_COPIES, Math.max(1, Math.round(MEASUREMENT / Math.max(0.05, await copy(1)))));
    let least = Infinity;
    for (let i = 0; i < MEASUREMENTS; i++) least = Math.min(least, (await copy(times)) / times);
    return (2 * size * 1000) / least;
  } finally {
    from.destroy();
    to.destroy();
  }
}
