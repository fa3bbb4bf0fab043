import { allocate, constant, storage } from '../../src/gpu/buffer-spec';
import type { Gpu } from '../../src/gpu/device';
import type { Kernel } from '../../src/gpu/kernel';
import { Plan, type DispatchWork } from '../../src/gpu/plan';
import { dims as dimsStruct, type Dims } from '../../src/gpu/structs';

export type Contents = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
interface Uniform {
  uniform: Contents;
}

/** What the storage buffers hold after the dispatch, each in the type that it was given in. */
type Results<B> = {
  [K in keyof B as B[K] extends Contents ? K : never]: B[K] extends Uint32Array ? Uint32Array : Float32Array;
};

interface Run<B> {
  /** Sizes of the batch: the first binding, if given. */
  dims?: Dims;
  work: DispatchWork;
  /** The other bindings in order, with what stands in them before the dispatch. */
  bindings: B;
}

/**
 * Items of every extent that are dispatched for beyond the batch, as in generation once sequences have ended: a kernel
 * must go by `dims`, not by the size of its dispatch.
 */
const SURPLUS = 9;

const uniformBinding = (binding: Contents | Uniform): binding is Uniform => 'uniform' in binding;

/** Dispatches one kernel alone and reads back all its storage buffers. */
export async function runKernel<B extends Record<string, Contents | Uniform>>(
  gpu: Gpu,
  kernel: Kernel,
  { dims, work, bindings }: Run<B>,
): Promise<Results<B>> {
  await gpu.prepare([kernel]);
  const { tokens, rows, sequences, chunks } = dims ?? { tokens: 0, rows: 0, sequences: 0, chunks: 0 };
  const { sizes, buffers } = allocate(gpu, {
    sizes: dims ? [constant('dims', dimsStruct.pack({ tokens, rows, sequences, chunks }))] : [],
    buffers: Object.entries(bindings).map(([name, binding]) =>
      uniformBinding(binding)
        ? constant(name, binding.uniform.buffer)
        : { ...storage(name, 'other', binding.length), contents: () => binding },
    ),
  });
  const plan = new Plan(gpu);
  plan.add(kernel, [...sizes, ...buffers], work);
  gpu.submit(kernel.name, (recorder) => {
    plan.encode(recorder, {
      tokens: tokens + SURPLUS,
      rows: rows + SURPLUS,
      sequences: sequences + SURPLUS,
      chunks: chunks + SURPLUS,
    });
  });
  const results = await Promise.all(
    Object.entries(bindings).map(async ([name, binding], i) => {
      if (uniformBinding(binding)) return [name, null];
      const words = binding instanceof Uint32Array;
      return [name, await (words ? gpu.readWords(buffers[i]) : gpu.readFloats(buffers[i]))];
    }),
  );
  for (const buffer of [...sizes, ...buffers]) buffer.destroy();
  return Object.fromEntries(results) as Results<B>;
}
