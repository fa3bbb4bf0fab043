import type { Guest } from '../../checkpoint/guest';
import { writeLlamaConfig } from '../../checkpoint/llama-config';
import { writeSafetensors, type Tensor } from '../../checkpoint/safetensors';
import { ONNX_WEIGHTS, WEIGHTS, WEIGHTS_INDEX } from '../../checkpoint/weights';
import { parameterLayout } from '../../model/layout';

/** Bytes of weights above which a file is split, as transformers splits: far below what an import takes of one file. */
const SHARD = 2 ** 28;

const noIds = { bos_token_id: 0, eos_token_id: 0, pad_token_id: 0 };

/** A guest as the files of a Hugging Face folder that comes back as it went, one after another; weights in F32, in shards. */
export function* guestFolder(guest: Guest, shard = SHARD): Generator<[path: string, content: Uint8Array]> {
  const { config, parameters, onnx, tokenizer, tokenizerConfig, chatTemplate, endTokens } = guest;
  const ids = { bos_token_id: null, eos_token_id: endTokens, pad_token_id: null };
  yield ['config.json', json({ ...writeLlamaConfig(config, noIds), ...ids })];
  yield ['generation_config.json', json({ eos_token_id: endTokens })];
  yield ['tokenizer.json', json(tokenizer)];
  yield ['tokenizer_config.json', json(tokenizerConfig)];
  if (chatTemplate !== null) yield ['chat_template.jinja', new TextEncoder().encode(chatTemplate)];
  if (onnx) yield [ONNX_WEIGHTS, onnx];
  if (parameters) yield* weights({ config, parameters }, shard);
}

function* weights(
  { config, parameters }: { config: Guest['config']; parameters: Float32Array<ArrayBuffer> },
  most: number,
): Generator<[path: string, content: Uint8Array]> {
  const shards: Tensor[][] = [[]];
  let bytes = 0;
  for (const { name, shape, offset, size } of parameterLayout(config).tensors) {
    if (bytes > 0 && bytes + 4 * size > most) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)!.push({ name, shape, data: parameters.subarray(offset, offset + size) });
    bytes += 4 * size;
  }
  const format = { format: 'pt' };
  if (shards.length === 1) {
    yield [WEIGHTS, writeSafetensors(shards[0], format)];
    return;
  }
  const five = (n: number) => String(n).padStart(5, '0');
  const file = (i: number) => `model-${five(i + 1)}-of-${five(shards.length)}.safetensors`;
  const weight_map = Object.fromEntries(shards.flatMap((tensors, i) => tensors.map(({ name }) => [name, file(i)])));
  yield [WEIGHTS_INDEX, json({ metadata: { total_size: parameters.byteLength }, weight_map })];
  for (const [i, tensors] of shards.entries()) yield [file(i), writeSafetensors(tensors, format)];
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}
