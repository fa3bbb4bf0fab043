/** The problem's model in ONNX Runtime, in a worker that whoever calls this starts. */
import { writeOnnx, type OnnxPrecision } from '../../src/checkpoint/onnx';
import { OnnxClient } from '../../workers/onnx/client';
import type { Provider, Running } from '../../workers/protocol/onnx';
import { decode, decodeOtherwise, type Decoded, type OtherWays } from './decoding';
import { config, END, state } from './problem';

export interface Order {
  precision: OnnxPrecision;
  provider?: Provider;
  /** Prompts. */
  count: number;
}

export type InRuntime = Decoded & OtherWays & { running: Running };

export async function decodeInRuntime({ precision, count, ...wish }: Order): Promise<InRuntime> {
  const client = await OnnxClient.open(writeOnnx(state, { precision }), {
    config,
    rules: { endTokens: [END] },
    ...wish,
  });
  try {
    const [decoded, otherwise] = [await decode(client, count), await decodeOtherwise(client, count)];
    return { ...decoded, ...otherwise, running: client.running };
  } finally {
    client.close();
  }
}
