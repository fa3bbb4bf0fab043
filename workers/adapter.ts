import { GpuUnavailableError } from '../src/gpu/errors';

/** The browser's GPU. Throws `GpuUnavailableError` where there is none. */
export async function requestAdapter(): Promise<GPUAdapter> {
  if (!('gpu' in navigator)) {
    throw new GpuUnavailableError(
      'This browser has no WebGPU in workers. Open the page in a current Chrome, Edge or Safari.',
    );
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new GpuUnavailableError(
      'The browser found no GPU that it may use. Turn on hardware acceleration in its settings, or update the graphics driver.',
    );
  }
  return adapter;
}
