/** A folder with ONNX weights alone: only ONNX Runtime reads them. */
import type { Guest } from '../src/checkpoint/guest';
import { tokenRules } from '../src/checkpoint/guest-rules';
import { OnnxDecoder } from '../src/onnx/decoder';
import type { BackendChoice } from './compute-options';
import { cpuDescription, runtime, sessionOptions } from './cpu-backend';
import { say } from './output';

/** WebGPU was asked to compute what it cannot. */
export class OnnxAloneError extends Error {
  override name = 'OnnxAloneError';

  constructor() {
    super('This folder has ONNX weights only, which WebGPU does not compute. Give --backend cpu.');
  }
}

/** Dispose of the agent at the end. @throws {OnnxAloneError | ProviderError} and what the runtime throws. */
export async function openOnnxWeights(
  guest: Guest,
  choice: BackendChoice,
): Promise<{ agent: OnnxDecoder; description: string }> {
  if (choice.backend === 'webgpu') throw new OnnxAloneError();
  const { config, onnx } = guest;
  const description = cpuDescription(choice);
  const session = sessionOptions(choice);
  const agent = await OnnxDecoder.open(runtime, onnx!, { config, rules: tokenRules(guest) }, session);
  say(`CPU: ${description} (its weights are ONNX only)`);
  return { agent, description };
}
