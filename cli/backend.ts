/** What computes models for the commands: WebGPU in Node. */
import { version } from '../package.json';
import { Gpu } from '../src/gpu/device';
import { WebGpuBackend } from '../src/lm/backend/webgpu-backend';
import type { Backend } from '../src/model/backend';
import type { VariantChoice } from '../src/model/variants';
import { openGpu, type AdapterChoice, type OpenedGpu } from './adapter';
import { say } from './output';
import { tuningMemory } from './tuning-memory';

export interface BackendChoice {
  adapter: AdapterChoice;
  kernels: VariantChoice;
}

/** A backend, and how it is asked for again. */
export interface NodeBackend {
  backend: Backend;
  adapterName: OpenedGpu['name'];
  /** What the adapter allows. */
  limits: Record<string, number>;
}

/** Says on stderr which adapter it is. Close the backend, or Node does not exit. @throws {NoAdapterError | GpuUnavailableError} */
export async function openNodeBackend({ adapter: choice }: Pick<BackendChoice, 'adapter'>): Promise<NodeBackend> {
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
    say(`GPU: ${first.description} (--adapter ${first.name})`);
    return { backend, adapterName: first.name, limits };
  } catch (error) {
    onClose();
    throw error;
  }
}

/** Opens a backend for some work, and closes it after that. Throws what `openNodeBackend` throws. */
export async function withBackend<Result>(
  choice: Pick<BackendChoice, 'adapter'>,
  work: (backend: Backend) => Promise<Result>,
): Promise<Result> {
  const { backend } = await openNodeBackend(choice);
  try {
    return await work(backend);
  } finally {
    backend.close();
  }
}

function limitsOf(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  const all = adapter.limits as unknown as Record<string, unknown>;
  for (const name in all) if (typeof all[name] === 'number') limits[name] = all[name];
  return limits;
}
