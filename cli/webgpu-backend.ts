/** Models on WebGPU in Node. */
import { version } from '../package.json';
import { Gpu } from '../src/gpu/device';
import { WebGpuBackend } from '../src/lm/backend/webgpu-backend';
import { openGpu, type AdapterChoice, type OpenedGpu } from './adapter';
import { tuningMemory } from './tuning-memory';

/** What there is of WebGPU alone. */
export interface WebGpuFacts {
  /** What the adapter is called where it is asked for again. */
  adapterName: OpenedGpu['name'];
  /** What the adapter allows. */
  limits: Record<string, number>;
}

export interface OpenedWebGpu {
  backend: WebGpuBackend;
  webGpu: WebGpuFacts;
}

/** Close it, or Node does not exit. @throws {NoAdapterError | GpuUnavailableError} */
export async function openWebGpuBackend(choice: AdapterChoice): Promise<OpenedWebGpu> {
  const first = await openGpu(choice);
  const opened = [first];
  const limits = limitsOf(first.adapter);
  // An adapter gives one device.
  let adapter: GPUAdapter | null = first.adapter;
  const openDevice = async (): Promise<Gpu> => {
    const next = adapter;
    adapter = null;
    if (next) return await Gpu.open(next);
    const another = await openGpu(first.name);
    opened.push(another);
    return await Gpu.open(another.adapter);
  };
  const onClose = () => {
    for (const one of opened) one.close();
  };
  try {
    const backend = await WebGpuBackend.open({ openDevice, build: version, memory: tuningMemory, onClose });
    return { backend, webGpu: { adapterName: first.name, limits } };
  } catch (error) {
    onClose();
    throw error;
  }
}

function limitsOf(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  const all = adapter.limits as unknown as Record<string, unknown>;
  for (const name in all) if (typeof all[name] === 'number') limits[name] = all[name];
  return limits;
}
