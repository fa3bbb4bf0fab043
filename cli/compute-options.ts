/** What computes models, as it is typed. */
import { availableParallelism } from 'node:os';
import { backendWishes, type BackendWish } from '../src/lab/models/choose-backend';
import { variantChoices, type VariantChoice } from '../src/model/variants';
import { adapterChoices, type AdapterChoice } from './adapter';
import { UsageError, type Arguments, type CommandDescription } from './arguments';

/** Options that every command takes that computes models. */
export const computeOptions = {
  backend: {
    value: 'NAME',
    description: `${backendWishes.join(', ')} (default auto: a GPU where there is one, else what is faster here)`,
  },
  adapter: { value: 'NAME', description: `WebGPU on ${adapterChoices.join(', ')} (default auto: the best there is)` },
  kernels: {
    value: 'NAME',
    description: `of WebGPU, ${variantChoices.join(' or ')}: the fastest here, or the reference (default tuned)`,
  },
  threads: { value: 'N', description: 'of the CPU backend, shared out among --workers (default one a core)' },
  provider: {
    value: 'NAME',
    description: 'of the CPU backend, the ONNX Runtime execution provider: cpu, cuda, dml, coreml, … (default cpu)',
  },
} as const satisfies CommandDescription['options'];

/** What the processor computes with. */
export interface CpuChoice {
  threads: number;
  /** Of ONNX Runtime. */
  provider: string;
}

export interface BackendChoice extends CpuChoice {
  backend: BackendWish;
  adapter: AdapterChoice;
  kernels: VariantChoice;
}

const names = { webgpu: 'WebGPU', cpu: 'the CPU' } as const;
const optionsOf = { webgpu: ['adapter', 'kernels'], cpu: ['threads', 'provider'] } as const;

/** @throws {UsageError} also where options of both backends were given. */
export function computeChoice(args: Arguments): BackendChoice {
  const choice = {
    adapter: args.choice('adapter', adapterChoices) ?? 'auto',
    kernels: args.choice('kernels', variantChoices) ?? 'tuned',
    threads: args.count('threads', 1, 1024) ?? availableParallelism(),
    provider: args.text('provider') ?? 'cpu',
  };
  const given = args.choice('backend', backendWishes) ?? 'auto';
  const [backend, by] = askedFor(given, args);
  for (const kind of ['webgpu', 'cpu'] as const) {
    if (backend === 'auto' || backend === kind) continue;
    const stray = optionsOf[kind].find((name) => args.text(name) !== undefined);
    if (stray === undefined) continue;
    throw new UsageError(
      `--${stray} is for ${names[kind]}, and --${by} asks for ${names[backend]}. Leave one of them out.`,
    );
  }
  return { ...choice, backend };
}

/** A backend, and the option that names it: an adapter is WebGPU's, a provider the CPU's. */
function askedFor(given: BackendWish, args: Arguments): [BackendWish, string] {
  if (given !== 'auto') return [given, `backend ${given}`];
  if (args.text('adapter') !== undefined) return ['webgpu', 'adapter'];
  if (args.text('provider') !== undefined) return ['cpu', 'provider'];
  return ['auto', 'backend'];
}

/** The same choice for another process that has so many threads. */
export function sameChoice(args: Arguments, threads: number): string[] {
  const { backend } = computeChoice(args);
  const given = (['backend', 'adapter', 'kernels', 'provider'] as const).flatMap((name) => {
    const value = args.text(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  return [...given, ...(backend === 'webgpu' ? [] : ['--threads', String(threads)])];
}
