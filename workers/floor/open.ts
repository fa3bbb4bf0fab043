import { writeOnnx } from '../../src/checkpoint/onnx';
import { openBackend } from '../backend';
import { OnnxClient } from '../onnx/client';
import { SeatError, type OpenedModel } from './host';
import type { ChosenModel } from './models';
import type { Runtime } from '../protocol/floor';

/** Longest dialogue on the floor, in tokens: a guest may read far more than anybody writes here. */
const LONGEST = 1024;

/** Opens a model in a runtime. Throws what the GPU, the writers and ONNX Runtime throw, and `SeatError`. */
export async function openModel(model: ChosenModel, runtime: Runtime): Promise<OpenedModel> {
  return runtime === 'engine' ? await openOnEngine(model) : await openInOnnx(model);
}

async function openOnEngine({ config, parameters, rules }: ChosenModel): Promise<OpenedModel> {
  if (!parameters) throw new SeatError('This model has ONNX weights only. Let ONNX Runtime run it.');
  const length = Math.min(LONGEST, config.max_position_embeddings);
  const capacity = { length, advice: () => 'Choose a smaller model.' };
  const backend = await openBackend((one) => one.estimateDecoder(config, capacity));
  try {
    const { decoder } = await backend.openDecoder({ config, parameters }, capacity, { rules });
    const close = () => {
      backend.close();
      return Promise.resolve();
    };
    return { decoder, length, runtime: `this engine (${backend.adapter.description})`, close };
  } catch (error) {
    backend.close();
    throw error;
  }
}

async function openInOnnx({ config, parameters, onnx, rules }: ChosenModel): Promise<OpenedModel> {
  const file = onnx ?? writeOnnx({ config, parameters: parameters! }, { precision: 'f32' });
  const client = await OnnxClient.open(file, { config, rules });
  const { provider, reason } = client.running;
  const close = () => {
    client.close();
    return Promise.resolve();
  };
  const why = reason === null ? '' : `: ${reason}`;
  return {
    decoder: client,
    length: config.max_position_embeddings,
    runtime: `ONNX Runtime (${provider === 'wasm' ? 'WebAssembly' : 'WebGPU'}${why})`,
    close,
  };
}
