/** The one place where the command line opens a model that is read token by token. */
import type { Guest } from '../src/checkpoint/guest';
import { tokenRules } from '../src/checkpoint/guest-rules';
import type { Backend, OpenedDecoder } from '../src/model/backend';
import { sayMemory, withBackend } from './backend';
import type { BackendChoice } from './compute-options';
import { openOnnxWeights } from './onnx-weights';

export interface DecoderWish {
  guest: Guest;
  /** Tokens of the longest text, prompt and new ones. */
  length: number;
  choice: BackendChoice;
  /** Words how to keep to so many tokens, which is what would fit. */
  advice: (most: number) => string;
}

/** On a backend, or in ONNX Runtime where the model has ONNX weights only. Throws what these throw. */
export async function withDecoder<Result>(
  { guest, length, choice, advice }: DecoderWish,
  use: (decoder: OpenedDecoder['decoder']) => Promise<Result>,
): Promise<Result> {
  const { config, parameters } = guest;
  if (!parameters) {
    const { agent } = await openOnnxWeights(guest, choice);
    try {
      return await use(agent);
    } finally {
      await agent.dispose();
    }
  }
  const capacity = { length, advice };
  const open = async (backend: Backend) => {
    const variants = { choice: choice.kernels, recorded: {} };
    const options = { rules: tokenRules(guest), variants };
    const { decoder, bytes } = await backend.openDecoder({ config, parameters }, capacity, options);
    sayMemory(backend, bytes);
    return await use(decoder);
  };
  return await withBackend(choice, open, { need: (backend) => backend.estimateDecoder(config, capacity) });
}
