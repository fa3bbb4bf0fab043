import { Gpu } from '../../src/gpu/device';
import { noTuningMemory } from '../../src/lm/backend/tuning-memory';
import { WebGpuBackend } from '../../src/lm/backend/webgpu-backend';
import { oursOnGpu } from '../names';
import type { Ours } from './ours';

async function openGpu(): Promise<Gpu> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('This browser gives no WebGPU adapter. Start the bench with --adapter swiftshader.');
  return Gpu.open(adapter);
}

export const ours: Ours = {
  name: oursOnGpu,
  open: () => WebGpuBackend.open({ openDevice: openGpu, build: '', memory: noTuningMemory }),
};
