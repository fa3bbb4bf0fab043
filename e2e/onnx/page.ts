/** The page that the test drives through `window.decoders`. */
import { Gpu } from '../../src/gpu/device';
import { GpuDecoder } from '../../src/lm/decoder';
import { OnnxClient } from '../../workers/onnx/client';
import { decode, type Decoded } from './decoding';
import { config, END, NEW_TOKENS, state } from './problem';
import { decodeInRuntime, type InRuntime, type Order } from './runtime';

const decoders = {
  /** On this browser's WebGPU. */
  async engine(count: number): Promise<Decoded> {
    const gpu = await Gpu.open((await navigator.gpu.requestAdapter())!);
    const room = {
      rules: { endTokens: [END] },
      length: config.max_position_embeddings,
      newTokens: NEW_TOKENS,
      slots: 8,
    };
    await gpu.prepare(GpuDecoder.kernels(config, room));
    const decoder = new GpuDecoder(gpu, config, room);
    decoder.load(state.parameters);
    const decoded = await decode(decoder, count);
    gpu.close();
    return decoded;
  },
  fromPage: decodeInRuntime,
  async fromWorker(order: Order): Promise<InRuntime> {
    const worker = new Worker(new URL('./nested.ts', import.meta.url), { type: 'module' });
    const told = new Promise<MessageEvent<{ decoded: InRuntime; fault?: string }>>((resolve, reject) => {
      worker.addEventListener('message', resolve);
      worker.addEventListener('error', (event) => reject(new Error(event.message)));
    });
    worker.postMessage(order);
    const { decoded, fault } = (await told).data;
    worker.terminate();
    if (fault !== undefined) throw new Error(fault);
    return decoded;
  },
  /** The name and message of what comes of a file that is no model. */
  async refusal(): Promise<{ name: string; message: string }> {
    try {
      await OnnxClient.open(new Uint8Array([1, 2, 3]), { config, rules: { endTokens: [END] }, provider: 'wasm' });
    } catch (error) {
      const { name, message } = error as Error;
      return { name, message };
    }
    return { name: '', message: 'it was opened' };
  },
};

declare global {
  interface Window {
    decoders: typeof decoders;
  }
}

window.decoders = decoders;
