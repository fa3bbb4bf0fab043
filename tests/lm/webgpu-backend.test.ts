import { afterEach, describe, expect, it } from 'vitest';
import { openGpu, type OpenedGpu } from '../../cli/adapter';
import { Gpu } from '../../src/gpu/device';
import { WebGpuBackend } from '../../src/lm/backend/webgpu-backend';
import { initialState } from '../../src/model/init';
import { tinyConfigs } from '../oracle/configs';
import { untuned } from '../oracle/shipped-models';
import { describeBackend } from '../model/backend-contract';

let opened: OpenedGpu[] = [];
let gpus: Gpu[] = [];

async function openDevice(): Promise<Gpu> {
  const one = await openGpu();
  const gpu = await Gpu.open(one.adapter);
  opened.push(one);
  gpus.push(gpu);
  return gpu;
}

const onClose = () => {
  for (const one of opened) one.close();
  opened = [];
  gpus = [];
};

describeBackend('WebGPU', () => WebGpuBackend.open({ ...untuned, openDevice, onClose }));

describe('devices', () => {
  const config = tinyConfigs['tied, grouped-query'];
  const state = initialState(config, 1, 0);
  const room = { length: 16, training: { tokens: 32, sequences: 2 }, generation: null, advice: () => 'Never.' };
  let backend: WebGpuBackend;
  afterEach(() => backend.close());

  it('are one for each thing that is opened, the first one that of the self-check', async () => {
    backend = await WebGpuBackend.open({ ...untuned, openDevice, onClose });
    await backend.selfCheck();
    const one = await backend.open({ state }, room, { rules: { endTokens: [0] } });
    expect(gpus).toHaveLength(1);
    const other = await backend.open({ state }, room, { rules: { endTokens: [0] } });
    expect(gpus).toHaveLength(2);
    one.close();
    expect(await gpus[0].lost).toMatchObject({ byUs: true });
    expect((await other.states()).state.parameters).toEqual(state.parameters);
  });

  it('are freed where opening fails', async () => {
    backend = await WebGpuBackend.open({ ...untuned, openDevice, onClose });
    const none = { ...state, parameters: new Float32Array(4) };
    await expect(backend.open({ none }, room, { rules: { endTokens: [0] } })).rejects.toMatchObject({
      name: 'UnsupportedModelError',
    });
    expect(await gpus[0].lost).toMatchObject({ byUs: true });
  });

  it('forgets what was timed on its adapter', async () => {
    const forgotten: string[] = [];
    const memory = {
      ...untuned.memory,
      forget: (adapter: string) => {
        forgotten.push(adapter);
        return Promise.resolve();
      },
    };
    backend = await WebGpuBackend.open({ ...untuned, memory, openDevice, onClose });
    await backend.forgetTuning();
    expect(forgotten).toEqual([backend.adapter.description]);
  });
});
