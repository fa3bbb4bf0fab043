import type { Gpu } from './device';
import { leastMilliseconds } from './stopwatch';

/** More than any cache holds. A software adapter copies slowly, through the processor's caches. */
const BYTES = { hardware: 64 * 2 ** 20, software: 16 * 2 ** 20 };
/** One submit holds the GPU for about so many milliseconds. */
const MEASUREMENT = 20;
const MOST_COPIES = 256;

/**
 * Bytes that a copy from buffer to buffer reads and writes in a second: the best of three measurements. It keeps the GPU
 * busy for a few tenths of a second at most, so call it between two steps.
 */
export async function measureCopyBandwidth({ device, adapter }: Gpu): Promise<number> {
  const size = Math.min(adapter.software ? BYTES.software : BYTES.hardware, device.limits.maxBufferSize);
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  // They are freed before the next step, so they do not count as memory of training.
  const [from, to] = ['copied', 'copy'].map((label) => device.createBuffer({ label, size, usage }));
  const copy = async (times: number): Promise<void> => {
    const encoder = device.createCommandEncoder({ label: 'copy-bandwidth' });
    for (let i = 0; i < times; i++) encoder.copyBufferToBuffer(from, 0, to, 0, size);
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  };
  try {
    // The first one also clears both.
    await copy(1);
    const [milliseconds] = await leastMilliseconds([copy], { lasting: MEASUREMENT, most: MOST_COPIES });
    return (2 * size * 1000) / milliseconds;
  } finally {
    from.destroy();
    to.destroy();
  }
}
