/** Small Hugging Face folders, as other tools write them. */
import { writeAgentFiles } from '../../src/checkpoint/agent-files';
import type { Files } from '../../src/checkpoint/folder';
import { floatToHalf } from '../../src/checkpoint/half';
import { writeSafetensors } from '../../src/checkpoint/safetensors';
import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import { wordsTokenizer } from '../../src/chat/words-tokenizer';
import { agentState, smallConfig } from './fixtures';

export const words = ['how', 'do', 'i', 'dance'];
export const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
export const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;

/** A folder of this page's own making. */
export function ownFolder(config: LlamaConfig = smallConfig, seed = 1): Files {
  const tokenizer = wordsTokenizer(words.slice(0, config.vocab_size - 7));
  return writeAgentFiles('conversation', agentState(seed, config), tokenizer.toJSON(), { training: false });
}

/** A copy with one JSON file changed. */
export function withJson(files: Files, name: string, change: (json: Record<string, unknown>) => unknown): Files {
  const json = decode(files[name]);
  return { ...files, [name]: encode(change(json) ?? json) };
}

export type Number = 'F32' | 'F16' | 'BF16';

/** Parameters that this kind of number holds exactly, and a safetensors file of some tensors in it. */
const kinds: Record<
  Number,
  { bytes: number; round: (value: number) => number; write: (view: DataView, at: number, value: number) => void }
> = {
  F32: { bytes: 4, round: (value) => value, write: (view, at, value) => view.setFloat32(at, value, true) },
  F16: {
    bytes: 2,
    round: (value) => Math.round(value * 256) / 256,
    write: (view, at, value) => view.setUint16(at, floatToHalf(value), true),
  },
  BF16: {
    bytes: 2,
    round: (value) => Math.round(value * 64) / 64,
    write: (view, at, value) => {
      view.setFloat32(at, value, true);
      view.setUint16(at, view.getUint16(at + 2, true), true);
    },
  },
};

interface Part {
  name: string;
  shape: readonly number[];
  data: Float32Array;
}

function safetensors(parts: readonly Part[], kind: Number): Uint8Array {
  const { bytes, write } = kinds[kind];
  let end = 0;
  const header = Object.fromEntries(
    parts.map(({ name, shape, data }) => {
      return [name, { dtype: kind, shape, data_offsets: [end, (end += data.length * bytes)] }];
    }),
  );
  const json = encode(header);
  const file = new Uint8Array(8 + json.length + end + 4);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const { data } of parts) for (const value of data) write(view, (at += bytes) - bytes, value);
  return file.subarray(0, at);
}

/** A folder with these numbers, in one file or in shards, and the parameters that it holds. */
export function foreignFolder(
  config: LlamaConfig,
  { kind = 'F32', shards = 1 }: { kind?: Number; shards?: number } = {},
) {
  const parameters = agentState(3, config).parameters.map(kinds[kind].round);
  const parts = parameterLayout(config).tensors.map(({ name, shape, offset, size }) => {
    return { name, shape, data: parameters.subarray(offset, offset + size) };
  });
  const { 'model.safetensors': _, ...rest } = ownFolder(config);
  if (shards === 1) return { parameters, files: { ...rest, 'model.safetensors': safetensors(parts, kind) } };
  const name = (i: number) =>
    `model-${String(i + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`;
  const files: Files = { ...rest };
  const weight_map: Record<string, string> = {};
  for (let i = 0; i < shards; i++) {
    const own = parts.filter((_, p) => p % shards === i);
    files[name(i)] = safetensors(own, kind);
    for (const part of own) weight_map[part.name] = name(i);
  }
  files['model.safetensors.index.json'] = encode({ metadata: { total_size: 1 }, weight_map });
  return { parameters, files };
}

/** Weights with one value replaced. */
export function withValue(config: LlamaConfig, value: number): Uint8Array {
  const parts = parameterLayout(config).tensors.map(({ name, shape, size }) => {
    return { name, shape, data: new Float32Array(size) };
  });
  const file = writeSafetensors(parts);
  new DataView(file.buffer).setFloat32(file.length - 4, value, true);
  return file;
}
