/** The problem's model in ONNX Runtime, in a worker that whoever calls this starts. */
import { writeOnnx, type OnnxPrecision } from '../../src/checkpoint/onnx';
import { OnnxClient } from '../../workers/onnx/client';
import type { Provider, Running } from '../../workers/onnx/protocol';
import { decode, type Decoded } from './decoding';
import { config, END, state } from './problem';

export interface Order {
  precision: OnnxPrecision;
  provider?: Provider;
  /** Prompts. */
  count: number;
}

export async function decodeInRuntime({ precision, count, ...wish }: Order): Promise<Decoded & { running: Running }> {
  const client = await OnnxClient.open(writeOnnx(state, { precision }), { config, endToken: END, ...wish });
  try {
    return { ...(await decode(client, count)), running: client.running };
  } finally {
    client.close();
  }
}
