/** Which backend the command line takes: by rules alone, nothing computes. */
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Arguments, UsageError } from '../../cli/arguments';
import { chooseFor, reasonWords } from '../../cli/choose-backend';
import { computeChoice, sameChoice } from '../../cli/compute-options';
import { openCpuBackend, ProviderError, sessionOptions } from '../../cli/cpu-backend';
import { openOnnxWeights, OnnxAloneError } from '../../cli/onnx-weights';
import { pollSeldom } from '../../cli/polling';
import { trainCommand } from '../../cli/train';
import type { Guest } from '../../src/checkpoint/guest';
import type { BackendOpeners, BackendWish } from '../../src/lab/models/choose-backend';
import { backendTimings } from '../../src/lm/backend/backend-timings';
import { tuningKeyPrefix, type Tuned, type TuningMemory } from '../../src/lm/backend/tuning-memory';
import type { Backend } from '../../src/model/backend';
import type { Provenance } from '../../src/model/provenance';
import type { Trial } from '../../src/model/variants';

const typed = (...argv: string[]) => new Arguments(trainCommand, argv);
const choice = (...argv: string[]) => computeChoice(typed(...argv));

describe('options of what computes', () => {
  it('ask for nothing where none is given', () => {
    expect(choice()).toEqual({
      ...{ backend: 'auto', adapter: 'auto', kernels: 'tuned' },
      ...{ threads: availableParallelism(), provider: 'cpu' },
    });
  });

  it('ask for the only backend that has such a thing', () => {
    expect(choice('--adapter', 'auto').backend).toBe('webgpu');
    expect(choice('--provider', 'cuda').backend).toBe('cpu');
    // These tell how, should it be that one.
    expect(choice('--kernels', 'plain', '--threads', '3')).toMatchObject({ backend: 'auto', threads: 3 });
  });

  it.each([
    [['--backend', 'cpu', '--adapter', 'gpu'], '--adapter is for WebGPU, and --backend cpu asks for the CPU'],
    [['--backend', 'cpu', '--kernels', 'plain'], '--kernels is for WebGPU'],
    [['--backend', 'webgpu', '--threads', '2'], '--threads is for the CPU, and --backend webgpu asks for WebGPU'],
    [['--backend', 'webgpu', '--provider', 'cpu'], '--provider is for the CPU'],
    [['--adapter', 'lavapipe', '--threads', '2'], '--threads is for the CPU, and --adapter asks for WebGPU'],
    [['--provider', 'cuda', '--kernels', 'plain'], '--kernels is for WebGPU, and --provider asks for the CPU'],
    [['--backend', 'engine'], 'auto, webgpu, cpu'],
    [['--threads', '0'], '--threads'],
  ])('%j is refused', (argv, part) => {
    expect(() => choice(...argv)).toThrow(UsageError);
    expect(() => choice(...argv)).toThrow(part);
  });

  it('are the same for a process that shares the work, but for its threads', () => {
    expect(sameChoice(typed(), 2)).toEqual(['--threads', '2']);
    expect(sameChoice(typed('--backend', 'cpu', '--threads', '8'), 4)).toEqual(['--backend', 'cpu', '--threads', '4']);
    expect(sameChoice(typed('--adapter', 'gpu'), 2)).toEqual(['--adapter', 'gpu']);
    for (const argv of [[], ['--backend', 'webgpu'], ['--provider', 'cpu'], ['--adapter', 'gpu', '--kernels', 'plain']])
      expect(choice(...sameChoice(typed(...argv), 2)).backend).toBe(choice(...argv).backend);
  });
});

interface Fake {
  /** Of the adapter; null where there is none. */
  software?: boolean | null;
  /** Milliseconds of each, timed before. */
  remembered?: { webgpu: number | null; cpu: number };
}

/** What opens on a machine, and what was opened and remembered there. */
function machineOf({ software = true, remembered }: Fake) {
  const done: string[] = [];
  const backendOf = (name: string, of: boolean) => {
    done.push(`open ${name}`);
    const adapter = { description: 'mesa', vendor: '', architecture: '', software: of, features: [] };
    return { name, adapter, close: () => done.push(`close ${name}`) } as unknown as Backend;
  };
  const openers: BackendOpeners = {
    openWebGpu: async () =>
      software === null ? Promise.reject(new Error('none here')) : Promise.resolve(backendOf('WebGPU', software)),
    openCpu: () => Promise.resolve(backendOf('CPU', true)),
    recall: () =>
      Promise.resolve(
        remembered
          ? Object.entries(remembered).map(([name, milliseconds]): Trial => ({
              ...{ role: 'backend', name, milliseconds, gflops: null },
            }))
          : null,
      ),
    remember: () => {
      done.push('remember');
      return Promise.resolve();
    },
  };
  return { openers, done };
}

const by = (backend: string | undefined, adapter = 'A'): Provenance => ({ adapter, build: '1', variants: {}, backend });

/** What is chosen, and the words for it. */
async function chosen(fake: Fake, wish: BackendWish = 'auto', recorded?: Provenance, need?: BackendOpeners['need']) {
  const { openers, done } = machineOf(fake);
  const { backend, reason } = await chooseFor(wish, recorded, { ...openers, need });
  return { name: backend.name, why: reasonWords(reason, backend, 'mesa'), done };
}

describe('chooseFor', () => {
  it('takes a GPU, and times nothing', async () => {
    expect(await chosen({ software: false })).toEqual({ name: 'WebGPU', why: 'a GPU', done: ['open WebGPU'] });
  });

  it('takes the CPU where a GPU has no room for what is asked for, but not where WebGPU is', async () => {
    const tooMuch = () => ({ refusal: 'This needs 513 MiB.' });
    expect(await chosen({ software: false }, 'auto', undefined, tooMuch)).toEqual({
      ...{ name: 'CPU', why: 'too large for WebGPU on mesa', done: ['open WebGPU', 'close WebGPU', 'open CPU'] },
    });
    expect(await chosen({ software: false }, 'webgpu', undefined, tooMuch)).toMatchObject({ name: 'WebGPU' });
    expect(await chosen({ software: false }, 'auto', undefined, () => ({ bytes: 1 }))).toMatchObject({
      name: 'WebGPU',
    });
  });

  it('takes the CPU where there is no adapter, and says what is lacking', async () => {
    expect(await chosen({ software: null })).toEqual({ name: 'CPU', why: 'no WebGPU: none here', done: ['open CPU'] });
    await expect(chosen({ software: null }, 'webgpu')).rejects.toThrow('none here');
  });

  it.each([
    [{ cpu: 12, webgpu: 95 }, 'CPU', 'faster here than WebGPU on mesa: 12 ms and 95 ms'],
    [{ cpu: 95, webgpu: 12 }, 'WebGPU', 'faster here than the CPU: 12 ms and 95 ms'],
    [{ cpu: 95, webgpu: null }, 'CPU', 'WebGPU on mesa fails at a short piece of work'],
  ] as const)(
    'takes the faster one beside a software adapter, and closes the other: %j',
    async (remembered, name, why) => {
      const { done, ...found } = await chosen({ remembered });
      expect(found).toEqual({ name, why });
      expect(done).toEqual(['open WebGPU', 'open CPU', `close ${name === 'CPU' ? 'WebGPU' : 'CPU'}`]);
    },
  );

  it('remembers what was timed, failures too', async () => {
    // These do not compute.
    const { name, done } = await chosen({});
    expect([name, done]).toEqual(['CPU', ['open WebGPU', 'open CPU', 'remember', 'close WebGPU']]);
  });

  it('takes what was asked for, whatever is faster or was before', async () => {
    const remembered = { cpu: 1, webgpu: 2 };
    expect(await chosen({ remembered }, 'webgpu', by('CPU'))).toMatchObject({ name: 'WebGPU', why: '' });
    expect(await chosen({ remembered }, 'cpu', by('WebGPU'))).toMatchObject({ name: 'CPU', why: '' });
  });

  it('goes on with what computed a run so far, where it opens', async () => {
    const cpuFaster = { remembered: { cpu: 1, webgpu: 2 } };
    const asBefore = (name: string) => ({ name, why: 'as the run so far', done: [`open ${name}`] });
    expect(await chosen({ software: false }, 'auto', by('CPU'))).toEqual(asBefore('CPU'));
    expect(await chosen(cpuFaster, 'auto', by('WebGPU'))).toEqual(asBefore('WebGPU'));
    // Version 0.2.0 had no other.
    expect(await chosen(cpuFaster, 'auto', by(undefined))).toEqual(asBefore('WebGPU'));
    expect(await chosen({ software: null }, 'auto', by('WebGPU'))).toMatchObject({
      ...{ name: 'CPU', why: 'no WebGPU: none here' },
    });
    // One that was never computed, and one by what nobody knows.
    expect(await chosen(cpuFaster, 'auto', by(undefined, ''))).toMatchObject({ name: 'CPU' });
    expect(await chosen({ software: false }, 'auto', by('abacus'))).toMatchObject({ name: 'WebGPU', why: 'a GPU' });
  });
});

describe('timings', () => {
  it('are kept by adapter, program and threads, and forgotten with the adapter', async () => {
    const kept = new Map<string, Tuned>();
    const memory: TuningMemory = {
      read: (key) => Promise.resolve(kept.get(key) ?? null),
      write: (key, tuned) => Promise.resolve(void kept.set(key, tuned)),
      forget: () => Promise.resolve(),
    };
    const on = (description: string) => ({ adapter: { description } }) as Backend;
    const trials: Trial[] = [{ role: 'backend', name: 'cpu', milliseconds: 1, gflops: null }];
    const { recall, remember } = backendTimings(memory, '1');
    await remember(on('mesa'), on('2 threads'), trials);
    expect(await recall(on('mesa'), on('2 threads'))).toEqual(trials);
    expect(await recall(on('mesa'), on('1 thread'))).toBeNull();
    expect(await recall(on('swiftshader'), on('2 threads'))).toBeNull();
    expect(await backendTimings(memory, '2').recall(on('mesa'), on('2 threads'))).toBeNull();
    expect([...kept.keys()][0].startsWith(tuningKeyPrefix('mesa'))).toBe(true);
  });
});

describe('the CPU backend', () => {
  it('takes one provider, with the processor for what that has not', () => {
    const runs = { intraOpNumThreads: 3, interOpNumThreads: 1 };
    expect(sessionOptions({ threads: 3, provider: 'cpu' })).toMatchObject({ ...runs, executionProviders: ['cpu'] });
  });

  it('says which providers there are', async () => {
    const opened = openCpuBackend({ threads: 1, provider: 'abacus' });
    await expect(opened).rejects.toThrow(ProviderError);
    await expect(opened).rejects.toThrow(/no execution provider "abacus" here. Give --provider cpu/);
  });

  it('is the only one for ONNX weights alone', async () => {
    const guest = { parameters: null } as Guest;
    await expect(openOnnxWeights(guest, choice('--backend', 'webgpu'))).rejects.toThrow(OnnxAloneError);
  });
});

it('only what is native, as Dawn is, is asked for seldom', async () => {
  const often = globalThis.setImmediate;
  try {
    pollSeldom();
    const order: string[] = [];
    const native = order.push.bind(order) as (word: string) => void;
    await new Promise<void>((resolve) => {
      setImmediate(native, 'native');
      setImmediate((word: string) => order.push(word), 'ours');
      setTimeout(resolve, 20);
    });
    expect(order).toEqual(['ours', 'native']);
  } finally {
    globalThis.setImmediate = often;
  }
});
