/** What computes models in this browser: WebGPU, or the processor. */
import { version } from '../package.json';
import { Gpu } from '../src/gpu/device';
import {
  chooseBackend,
  type BackendOpeners,
  type BackendWish,
  type ChosenBackend,
} from '../src/lab/models/choose-backend';
import { backendTimings } from '../src/lm/backend/backend-timings';
import { WebGpuBackend } from '../src/lm/backend/webgpu-backend';
import type { Backend } from '../src/model/backend';
import { requestAdapter } from './adapter';
import { backendWish } from './backend-wish';
import { browserTuningMemory } from './tuning-memory';

const memory = browserTuningMemory();

const openWebGpu = (): Promise<Backend> =>
  WebGpuBackend.open({ openDevice: async () => await Gpu.open(await requestAdapter()), build: version, memory });

/** Who has a GPU downloads nothing of the other one. */
const openCpu = async (): Promise<Backend> => (await import('./cpu-backend')).openCpuBackend();

/**
 * Opens what the visitor wishes for, and says why it is that one. Where nothing is wished for, it has room for what `need` says.
 * Throws `GpuUnavailableError` where WebGPU alone is wished for.
 */
export async function openChosenBackend(need?: BackendOpeners['need']): Promise<ChosenBackend & { wish: BackendWish }> {
  const wish = await backendWish();
  const chosen = await chooseBackend(wish, { openWebGpu, openCpu, need, ...backendTimings(memory, version) });
  return { ...chosen, wish };
}

/** The same, for whoever does not ask why. */
export const openBackend = async (need?: BackendOpeners['need']): Promise<Backend> =>
  (await openChosenBackend(need)).backend;
