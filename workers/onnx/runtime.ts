/** The one place that knows which build of ONNX Runtime Web runs where, and what each wants to be told. */
import type * as Ort from 'onnxruntime-web';
import asyncify from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspi from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { describeAdapter } from '../../src/gpu/device';
import { GpuUnavailableError } from '../../src/gpu/errors';
import type { LlamaConfig } from '../../src/model/config';
import { OnnxDecoder, OnnxLayoutError } from '../../src/onnx/decoder';
import { requestAdapter } from '../adapter';
import type { OnnxModel, Provider, Running } from '../protocol/onnx';

/** A model that ONNX Runtime does not open; the message has its words. */
export class OnnxRuntimeError extends Error {
  override name = 'OnnxRuntimeError';
}

type Runtime = typeof Ort;
type SessionOptions = Ort.InferenceSession.SessionOptions;

/**
 * The builds and their WebAssembly; each is loaded when it is asked for. Two are for WebGPU: where the browser can wait for
 * a promise within WebAssembly (JSPI) it does not have to be compiled into it, and the file is ten megabytes smaller.
 */
const builds = {
  jspi: async () => ({ runtime: await import('onnxruntime-web/jspi'), file: jspi }),
  webgpu: async () => ({ runtime: await import('onnxruntime-web/webgpu'), file: asyncify }),
  wasm: async () => ({ runtime: await import('onnxruntime-web/wasm'), file: wasm }),
};

/**
 * Threads are its own choice: half the processors, at most four, in a cross-origin isolated page, else one. Only the
 * WebAssembly is given its address: with that of its module too, servers would have to know what an .mjs is.
 */
async function load(build: keyof typeof builds): Promise<Runtime> {
  const { runtime, file } = await builds[build]();
  runtime.env.wasm.wasmPaths = { wasm: file };
  return runtime;
}

export const loadRuntime = (provider: Provider): Promise<Runtime> =>
  load(provider === 'wasm' ? 'wasm' : 'Suspending' in WebAssembly ? 'jspi' : 'webgpu');

/** With a cache that stays where it is computed. */
export function sessionOptions(provider: Provider, { num_hidden_layers }: LlamaConfig): SessionOptions {
  // Else it warns that the mask's integers are on the CPU, where they belong.
  const options: SessionOptions = { executionProviders: [provider], logSeverityLevel: 3 };
  if (provider === 'wasm') return options;
  const layers = Array.from({ length: num_hidden_layers }, (_, i) => [`present.${i}.key`, `present.${i}.value`]);
  const onGpu = Object.fromEntries(layers.flat().map((name) => [name, 'gpu-buffer' as const]));
  return { ...options, preferredOutputLocation: onGpu };
}

/** Throws `GpuUnavailableError`, `OnnxLayoutError` and `OnnxRuntimeError`. */
export async function openDecoder(
  file: Uint8Array,
  { provider: wished, ...model }: OnnxModel,
): Promise<{ decoder: OnnxDecoder; running: Running }> {
  const open = async (provider: Provider, reason: string | null) => ({
    decoder: await openOn(provider, file, model),
    running: { provider, reason },
  });
  if (wished === 'wasm') return await open('wasm', null);
  try {
    await requestGpu(wished === 'webgpu');
    return await open('webgpu', null);
  } catch (error) {
    // A GPU that is not there, or not enough, is no reason to go without the model.
    const remediable = error instanceof GpuUnavailableError || error instanceof OnnxRuntimeError;
    if (wished === 'webgpu' || !remediable) throw error;
    return await open('wasm', error.message);
  }
}

/** Throws `GpuUnavailableError` where there is none, or only a processor that plays one: WebAssembly is faster on that. */
async function requestGpu(softwareToo: boolean): Promise<void> {
  const { software, description } = describeAdapter(await requestAdapter());
  if (!software || softwareToo) return;
  throw new GpuUnavailableError(
    `This browser has no GPU but a processor that plays one (${description}), which is slower than WebAssembly. Turn on hardware acceleration in its settings.`,
  );
}

async function openOn(provider: Provider, file: Uint8Array, model: OnnxModel): Promise<OnnxDecoder> {
  try {
    const runtime = await loadRuntime(provider);
    return await OnnxDecoder.open(runtime, file, model, sessionOptions(provider, model.config));
  } catch (cause) {
    if (cause instanceof OnnxLayoutError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OnnxRuntimeError(
      `ONNX Runtime (${provider}) did not open this model: ${why}. Check the file and the connection, then try again.`,
      { cause },
    );
  }
}
