/** What computes models in this browser: WebGPU. */
import { version } from '../package.json';
import { Gpu } from '../src/gpu/device';
import { WebGpuBackend } from '../src/lm/backend/webgpu-backend';
import type { Backend } from '../src/model/backend';
import { requestAdapter } from './adapter';
import { browserTuningMemory } from './tuning-memory';

const memory = browserTuningMemory();

/** Throws `GpuUnavailableError` where there is no GPU. */
export async function openBackend(): Promise<Backend> {
  const openDevice = async () => await Gpu.open(await requestAdapter());
  return await WebGpuBackend.open({ openDevice, build: version, memory });
}
