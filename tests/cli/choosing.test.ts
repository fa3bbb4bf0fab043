/** Which backend the command line takes: by rules alone, nothing computes. */
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Arguments, UsageError } from '../../cli/arguments';
import { openChosen, type Machine, type Speeds } from '../../cli/choose-backend';
import { computeChoice, sameChoice, type BackendKind } from '../../cli/compute-options';
import { openCpuBackend, ProviderError, sessionOptions } from '../../cli/cpu-backend';
import { openOnnxWeights, OnnxAloneError } from '../../cli/onnx-weights';
import { pollSeldom } from '../../cli/polling';
import { trainCommand } from '../../cli/train';
import type { Guest } from '../../src/checkpoint/guest';
import type { Provenance } from '../../src/model/provenance';

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
  /** Milliseconds, or what goes wrong. */
  speeds?: Partial<Record<BackendKind, number | Error>>;
  remembered?: Speeds;
  /** What opening meets. */
  fails?: Partial<Record<BackendKind, Error>>;
}

/** A machine that tells what was done with it. */
function machineOf({ software = true, speeds = {}, remembered, fails = {} }: Fake) {
  const done: string[] = [];
  let known = remembered ?? null;
  const machine: Machine<BackendKind> = {
    adapter: () =>
      software === null ? Promise.reject(new Error('none here')) : Promise.resolve({ description: 'mesa', software }),
    open: (kind) => {
      done.push(`open ${kind}`);
      return fails[kind] ? Promise.reject(fails[kind]) : Promise.resolve(kind);
    },
    time: (kind) => {
      done.push(`time ${kind}`);
      const found = speeds[kind]!;
      return typeof found === 'number' ? Promise.resolve(found) : Promise.reject(found);
    },
    speeds: {
      read: () => known,
      write: (_, found) => {
        done.push('remember');
        known = found;
      },
    },
    say: () => undefined,
  };
  return { machine, done };
}

const by = (backend: string | undefined, adapter = 'A'): Provenance => ({ adapter, build: '1', variants: {}, backend });

describe('openChosen', () => {
  it('takes a GPU, and times nothing', async () => {
    const { machine, done } = machineOf({ software: false });
    const { opened, chosen } = await openChosen('auto', null, machine);
    expect([opened, chosen]).toEqual(['webgpu', { kind: 'webgpu', why: 'a GPU', speeds: null }]);
    expect(done).toEqual(['open webgpu']);
  });

  it('takes the CPU where there is no adapter, and says what is lacking', async () => {
    const { machine, done } = machineOf({ software: null });
    const { chosen } = await openChosen('auto', null, machine);
    expect(chosen).toEqual({ kind: 'cpu', why: 'no WebGPU: none here', speeds: null });
    expect(done).toEqual(['open cpu']);
  });

  it.each([
    [{ cpu: 12, webgpu: 95 }, 'cpu', 'faster here than WebGPU on mesa: 12 ms and 95 ms'],
    [{ cpu: 95, webgpu: 12 }, 'webgpu', 'faster here than the CPU: 12 ms and 95 ms'],
  ] as const)('takes the faster one beside a software adapter, timed once: %j', async (speeds, kind, why) => {
    const { machine, done } = machineOf({ speeds });
    for (let i = 0; i < 2; i++)
      expect(await openChosen('auto', null, machine)).toEqual({ opened: kind, chosen: { kind, why, speeds } });
    expect(done).toEqual(['time cpu', 'time webgpu', 'remember', `open ${kind}`, `open ${kind}`]);
  });

  it('takes the CPU where WebGPU cannot be timed, and remembers nothing', async () => {
    const { machine, done } = machineOf({ speeds: { cpu: 1, webgpu: new Error('lost') } });
    const { chosen } = await openChosen('auto', null, machine);
    expect(chosen).toEqual({ kind: 'cpu', why: 'WebGPU on mesa fails: lost', speeds: null });
    expect(done).not.toContain('remember');
  });

  it('takes the CPU where a GPU does not open, unless it was asked for', async () => {
    const broken = { software: false, fails: { webgpu: new Error('no device') } };
    const { opened, chosen } = await openChosen('auto', null, machineOf(broken).machine);
    expect([opened, chosen.why]).toEqual(['cpu', 'no WebGPU: no device']);
    await expect(openChosen('webgpu', null, machineOf(broken).machine)).rejects.toThrow('no device');
  });

  it('takes what was asked for, whatever is faster or was before', async () => {
    const { machine, done } = machineOf({ remembered: { cpu: 1, webgpu: 2 } });
    expect((await openChosen('webgpu', by('CPU'), machine)).opened).toBe('webgpu');
    expect((await openChosen('cpu', by('WebGPU'), machine)).opened).toBe('cpu');
    expect(done).toEqual(['open webgpu', 'open cpu']);
  });

  it('goes on with what computed a run so far, where it opens', async () => {
    const take = async (recorded: Provenance, fake: Fake) =>
      (await openChosen('auto', recorded, machineOf(fake).machine)).opened;
    const cpuFaster = { remembered: { cpu: 1, webgpu: 2 } };
    expect(await take(by('CPU'), { software: false })).toBe('cpu');
    expect(await take(by('WebGPU'), cpuFaster)).toBe('webgpu');
    // Version 0.2.0 had no other.
    expect(await take(by(undefined), cpuFaster)).toBe('webgpu');
    expect(await take(by('WebGPU'), { software: null })).toBe('cpu');
    expect(await take(by('WebGPU'), { fails: { webgpu: new Error('no device') } })).toBe('cpu');
    // One that was never computed, and one that nobody knows.
    expect(await take(by(undefined, ''), cpuFaster)).toBe('cpu');
    expect(await take(by('abacus'), { software: false })).toBe('webgpu');
  });
});

describe('the CPU backend', () => {
  it('takes one provider, with the processor for what that has not', () => {
    const runs = { intraOpNumThreads: 3, interOpNumThreads: 1, logSeverityLevel: 3 };
    expect(sessionOptions({ threads: 3, provider: 'cpu' })).toEqual({ ...runs, executionProviders: ['cpu'] });
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

it('polls seldom until the last who wished it has ended it', () => {
  const often = globalThis.setImmediate;
  const [end, endOther] = [pollSeldom(), pollSeldom()];
  end();
  end();
  expect(globalThis.setImmediate).not.toBe(often);
  endOther();
  expect(globalThis.setImmediate).toBe(often);
});
