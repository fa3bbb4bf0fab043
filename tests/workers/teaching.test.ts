import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGpu, type OpenedGpu } from '../../cli/adapter';
import type { Guest } from '../../src/checkpoint/guest';
import { GuestStore } from '../../src/checkpoint/guests';
import { Gpu } from '../../src/gpu/device';
import { WebGpuBackend } from '../../src/lm/backend/webgpu-backend';
import type { LessonSettings } from '../../src/lab/teaching/settings';
import { estimatesWithin } from '../../src/lm/backend/fit';
import { parameterLayout } from '../../src/model/layout';
import type { MemoryNeed } from '../../src/model/memory';
import { openHere } from '../chat/open-here';
import { openCpu } from '../cpu/open';
import { TeachingHost } from '../../workers/teaching/host';
import type { LessonTask, TeachingCalls, TeachingNews } from '../../workers/protocol/teaching';
import { rhyme } from '../lab/teaching/rhyme';
import { untuned } from '../oracle/shipped-models';
import { readStoriesGuest, storiesAreHere } from '../oracle/stories';

const settings: LessonSettings = { length: 48, steps: 6, batch: 3, rank: 0, learningRate: 3e-3, seed: 1 };
const task: LessonTask = { text: rhyme, settings };
const bits = ({ buffer }: Float32Array<ArrayBuffer>) => Buffer.from(buffer);

describe.skipIf(!storiesAreHere)('the worker that teaches', () => {
  let store: GuestStore;
  let opened: OpenedGpu[];
  let gpus: Gpu[];
  let news: TeachingNews[];
  let host: TeachingHost;
  /** Hears everything as it is told. */
  let heard: (one: TeachingNews) => void;

  async function openDevice() {
    const one = await openGpu();
    opened.push(one);
    const gpu = await Gpu.open(one.adapter);
    gpus.push(gpu);
    return gpu;
  }

  beforeEach(() => {
    store = new GuestStore(crypto.randomUUID());
    [opened, gpus, news] = [[], [], []];
    heard = () => undefined;
    host = new TeachingHost({
      tell: (one) => {
        news.push(one);
        heard(one);
      },
      guests: store,
      openChat: openHere,
      openBackend: () => WebGpuBackend.open({ ...untuned, openDevice }),
    });
  });
  afterEach(async () => {
    for (const gpu of gpus) gpu.close();
    for (const one of opened) one.close();
    await store.close();
  });

  async function ask<Kind extends keyof TeachingCalls>(kind: Kind, asked: TeachingCalls[Kind]['asked']) {
    type Asked = Parameters<TeachingHost['carryOut']>[0];
    return (await host.carryOut({ ...asked, kind, id: 1 } as unknown as Asked)) as TeachingCalls[Kind]['answer'];
  }
  async function open(own?: Guest) {
    const guest = own ?? (await readStoriesGuest());
    const [id] = await store.keep([{ guest, origin: { task: null, role: null } }]);
    return { id, pupil: await ask('teaching.open', { guest: id }) };
  }
  const of = <Kind extends TeachingNews['kind']>(kind: Kind) =>
    news.filter((one): one is Extract<TeachingNews, { kind: Kind }> => one.kind === kind);
  const steps = () => of('learned').map(({ step }) => step);

  it('teaches adapters on the processor, and keeps the model that they are merged into', async () => {
    const needs: MemoryNeed[] = [];
    const gpu = estimatesWithin(Infinity);
    host = new TeachingHost({
      tell: (one) => news.push(one),
      ...{ guests: store, openChat: openHere },
      openBackend: (need) => {
        needs.push(need(gpu));
        return Promise.resolve(openCpu());
      },
    });
    const { id } = await open();
    const adapted = { ...task, settings: { ...settings, rank: 2 } };
    expect(await ask('teaching.plan', { task: adapted })).toMatchObject({
      memory: { bytes: expect.any(Number) as number },
    });
    await ask('teaching.learn', { task: adapted });
    const measured = of('measured');
    expect(measured.at(-1)!.training).toBeLessThan(measured[0].training!);
    const { guest: taught } = await ask('teaching.keep', {});
    const [before, after] = [await store.load(id), await store.load(taught)];
    const { tensors } = parameterLayout(before.config);
    const moved = tensors.filter(({ offset, size }) => {
      const [one, other] = [before, after].map(({ parameters }) => parameters!.subarray(offset, offset + size));
      return one.some((value, i) => value !== other[i]);
    });
    expect(moved.map(({ name }) => name)).toEqual(
      tensors.map(({ name }) => name).filter((name) => name.includes('_proj')),
    );

    // Another kind of lesson asks for a backend anew.
    for (const need of needs.splice(0))
      expect(need).toMatchObject({ refusal: expect.stringContaining('LoRA') as string });
    await ask('teaching.drop', {});
    await ask('teaching.plan', { task });
    await ask('teaching.plan', { task: { ...task, settings: { ...settings, steps: 5 } } });
    expect(needs).toEqual([{ bytes: expect.any(Number) as number }]);
  });

  it('teaches a copy, and keeps it beside the model that it was', async () => {
    const onnx = new Uint8Array([8, 7]);
    const { id, pupil } = await open({ ...(await readStoriesGuest()), onnx });
    expect(pupil).toMatchObject({ name: 'stories260k', longest: 512, settings: { length: 128 } });
    expect(await ask('teaching.plan', { task })).toMatchObject({
      batch: 3,
      memory: { bytes: expect.any(Number) as number },
    });
    await ask('teaching.measure', { task });
    expect(steps()).toEqual([]);
    await ask('teaching.learn', { task });
    expect(steps()).toEqual([1, 2, 3, 4, 5, 6]);
    const measured = of('measured');
    expect(measured.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(measured.at(-1)!.training!).toBeLessThan(measured[0].training!);

    const kept = await ask('teaching.keep', {});
    expect(kept.name).toBe('stories260k, 6 steps on “The owl and the otter w…”');
    const { guests } = await store.list();
    expect(guests.map(({ name, onnx, engine }) => ({ name, onnx, engine }))).toContainEqual({
      ...{ name: kept.name, onnx: false, engine: true },
    });
    const { parameters: before, ...rest } = await readStoriesGuest();
    const { parameters, ...taught } = await store.load(kept.guest);
    expect(taught).toEqual({ ...rest, name: kept.name, onnx: null });
    expect(bits(parameters!).equals(bits(before!))).toBe(false);
    const { parameters: untouched, ...original } = await store.load(id);
    expect(original).toEqual({ ...rest, onnx });
    expect(bits(untouched!).equals(bits(before!))).toBe(true);
  });

  it('pauses between two steps, and goes on', async () => {
    await open();
    heard = ({ kind }) => {
      if (kind === 'learned') void ask('teaching.pause', {});
    };
    await ask('teaching.learn', { task });
    expect(steps()).toEqual([1]);
    heard = () => undefined;
    await ask('teaching.learn', { task });
    expect(steps()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(gpus).toHaveLength(1);
  });

  it('pauses within a measurement, which is then made anew', async () => {
    await open();
    heard = ({ kind }) => {
      if (kind === 'measuring') void ask('teaching.pause', {});
    };
    await ask('teaching.measure', { task });
    expect(of('measured')).toEqual([]);
    heard = () => undefined;
    await ask('teaching.measure', { task });
    expect(of('measured')).toHaveLength(1);
  });

  it('measures its end, though a pause cut that short and the GPU went then', async () => {
    await open();
    heard = ({ kind }) => {
      if (kind === 'measuring' && steps().length === 6) void ask('teaching.pause', {});
    };
    await ask('teaching.learn', { task });
    heard = () => undefined;
    expect(of('measured').at(-1)!.step).toBe(5);
    gpus[0].device.destroy();
    await expect(ask('teaching.learn', { task })).rejects.toMatchObject({ name: 'GpuLostError' });
    await ask('teaching.learn', { task });
    expect(steps()).toHaveLength(6);
    expect(of('measured').at(-1)!.step).toBe(6);
  });

  it('loses nothing with the GPU: the lesson goes on where it was measured last, to the same model', async () => {
    await open();
    heard = (one) => {
      if (one.kind === 'learned' && one.step === 3) gpus[0].device.destroy();
    };
    await expect(ask('teaching.learn', { task })).rejects.toMatchObject({ name: 'GpuLostError' });
    expect(news.at(-1)).toEqual({ kind: 'stands', step: 2 });
    const { name } = await ask('teaching.keep', {});
    expect(name).toContain('2 steps');
    await ask('teaching.learn', { task });
    expect(steps()).toEqual([1, 2, 3, 3, 4, 5, 6]);
    expect(gpus).toHaveLength(2);
    const parametersOf = async () => bits((await store.load((await ask('teaching.keep', {})).guest)).parameters!);
    const broken = await parametersOf();
    await ask('teaching.drop', {});
    await ask('teaching.learn', { task });
    expect((await parametersOf()).equals(broken)).toBe(true);
  });

  it('forgets a lesson, its GPU with it, and begins another one anew', async () => {
    await open();
    const dropped: Promise<unknown>[] = [];
    heard = (one) => {
      if (one.kind === 'learned' && one.step === 2) dropped.push(ask('teaching.drop', {}));
    };
    await ask('teaching.learn', { task });
    await Promise.all(dropped);
    expect(steps()).toEqual([1, 2]);
    await gpus[0].lost;
    await expect(ask('teaching.keep', {})).rejects.toThrow('Nothing was learned yet');
    await ask('teaching.learn', { task: { ...task, settings: { ...settings, steps: 1 } } });
    expect(steps()).toEqual([1, 2, 1]);
  });

  it('a lesson that diverges keeps what was measured before', async () => {
    await open();
    const wild = { ...task, settings: { ...settings, steps: 300, length: 8, batch: 1 } };
    heard = (one) => {
      if (one.kind !== 'measured' || one.step !== 30) return;
      // A rate that is no number stands for one that is too high.
      const { queue } = gpus[0].device;
      const write = queue.writeBuffer.bind(queue);
      queue.writeBuffer = (buffer, offset, data) => {
        if (buffer.label === 'hyper') new Float32Array(data as ArrayBuffer)[0] = NaN;
        write(buffer, offset, data);
      };
    };
    await expect(ask('teaching.learn', { task: wild })).rejects.toMatchObject({ name: 'LessonDivergedError' });
    const { step } = of('stands')[0];
    expect(step).toBe(30);
    const { guest } = await ask('teaching.keep', {});
    expect((await store.load(guest)).parameters!.every(Number.isFinite)).toBe(true);
  });

  it('says of a model whose weights give no number that they do', async () => {
    const guest = await readStoriesGuest();
    await open({ ...guest, parameters: guest.parameters!.map((value) => 1e30 * value) });
    await expect(ask('teaching.measure', { task })).rejects.toThrow('weights are too large');
    expect(news.at(-1)).toEqual({ kind: 'stands', step: 0 });
  });

  it.each<[string, Partial<LessonTask>, string]>([
    ['no text', { text: ' ' }, 'LessonTextError'],
    ['a short text', { text: 'Once.' }, 'LessonTextError'],
    ['longer sequences than it reads', { settings: { ...settings, length: 513 } }, 'LessonSettingsError'],
  ])('refuses %s by name', async (_, changes, name) => {
    await open();
    for (const kind of ['teaching.plan', 'teaching.measure', 'teaching.learn'] as const) {
      await expect(ask(kind, { task: { ...task, ...changes } })).rejects.toMatchObject({ name });
    }
    expect(of('learned')).toEqual([]);
  });

  it('refuses a model without weights for the engine, and a file that is no text', async () => {
    const guest = { ...(await readStoriesGuest()), parameters: null, onnx: new Uint8Array(4) };
    await expect(open(guest)).rejects.toThrow('ONNX weights only');
    await expect(ask('teaching.read', { file: new Blob([new Uint8Array([255])]) })).rejects.toThrow('UTF-8');
    expect(await ask('teaching.read', { file: new Blob(['Row.']) })).toBe('Row.');
  });
});
