import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGpu, type OpenedGpu } from '../../cli/adapter';
import { Gpu } from '../../src/gpu/device';
import { chooseVariants } from '../../src/lm/backend/kernel-choice';
import { noTuningMemory, type Tuned } from '../../src/lm/backend/tuning-memory';
import { candidates, halved, plainVariants, variantNames, type Variants } from '../../src/lm/variants';
import { tinyConfigs } from '../oracle/configs';

const config = tinyConfigs['tied, grouped-query'];
const room = { tokens: 100, slots: 4, newTokens: 8 };
const lanes = candidates.training.find(({ through }) => through === 'lanes')!;
const recordedOn: Record<string, Variants> = {
  f16: halved(plainVariants),
  subgroups: { ...plainVariants, training: lanes },
};

let opened: OpenedGpu;
beforeAll(async () => {
  opened = await openGpu();
});
afterAll(() => opened.close());

/** The machine's adapter, which gives one device each time that it is asked for. */
const whole = async () => (await opened.gpu.requestAdapter())!;

/** The same, hiding what it has beside buffers. */
async function bare(): Promise<GPUAdapter> {
  const adapter = await whole();
  const { info, limits } = adapter;
  const requestDevice = (descriptor: GPUDeviceDescriptor) => adapter.requestDevice(descriptor);
  return { info, limits, features: new Set(), requestDevice } as unknown as GPUAdapter;
}

/** What a run goes on with that was recorded with these, if it may remember them, too. */
async function choose(adapter: GPUAdapter, recorded: Variants): Promise<{ replayed: Variants; remembered: Variants }> {
  const gpu = await Gpu.open(adapter);
  const tuned: Tuned = { variants: variantNames(recorded), trials: [] };
  const scope = { build: 'test', memory: { ...noTuningMemory, read: () => Promise.resolve(tuned) } };
  try {
    const recordedWish = { choice: 'plain', recorded: tuned.variants } as const;
    const replayed = await chooseVariants(gpu, config, room, recordedWish, scope);
    const remembered = await chooseVariants(gpu, config, room, { choice: 'tuned', recorded: {} }, scope);
    return { replayed: replayed.variants, remembered: remembered.variants };
  } finally {
    gpu.close();
  }
}

test.each(Object.entries(recordedOn))(
  'a run that was computed with %s goes on with what this GPU has',
  async (_, variants) => {
    const { replayed, remembered } = await choose(await bare(), variants);
    expect(replayed).toEqual(plainVariants);
    expect(remembered.training).not.toEqual(variants.training);
  },
);

test.for(Object.entries(recordedOn))('and with %s where it has them', async ([name, variants], { skip }) => {
  const adapter = await whole();
  if (!adapter.features.has(name === 'f16' ? 'shader-f16' : 'subgroups')) skip(`this adapter has no ${name}`);
  expect(await choose(adapter, variants)).toEqual({ replayed: variants, remembered: variants });
});
