/** ONNX Runtime on WebAssembly as what computes models in this browser. */
import { version } from '../package.json';
import { CpuBackend } from '../src/cpu/cpu-backend';
import { loadRuntime } from './onnx/runtime';

/** A WebAssembly's memory. */
const MOST_BYTES = 2 ** 32;
const MOST_THREADS = 8;

/**
 * Few processors are all used; of many half, since two threads of one core are hardly faster than one. Threads need a page
 * that is isolated from other sites (docs/hosting.md).
 */
export function threadsHere(): number {
  if (!crossOriginIsolated) return 1;
  const { hardwareConcurrency: processors } = navigator;
  return Math.min(processors <= 4 ? processors : Math.floor(processors / 2), MOST_THREADS);
}

/** With all threads that are of use here. How many is read once, when the first session is made. */
export async function loadThreadedRuntime(): ReturnType<typeof loadRuntime> {
  const runtime = await loadRuntime('wasm');
  runtime.env.wasm.numThreads = threadsHere();
  return runtime;
}

/**
 * WebAssembly computes within a call: without this nothing that is posted to a worker would be heard while it trains. A timer
 * would be kept waiting.
 */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

export async function openCpuBackend(): Promise<CpuBackend> {
  const runtime = await loadThreadedRuntime();
  const threads = threadsHere();
  return new CpuBackend({
    runtime,
    // Packed, weights would stand in memory twice: once for each of two ways that a decoder has.
    session: {
      ...{ executionProviders: ['wasm'], logSeverityLevel: 3 },
      extra: { session: { disable_prepacking: '1' } },
    },
    rest,
    description: `ONNX Runtime ${runtime.env.versions.web ?? ''}, WebAssembly, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    build: version,
    mostBytes: MOST_BYTES,
  });
}
