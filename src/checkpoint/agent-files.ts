/** An agent as the files of a Hugging Face model folder, and back. Optimizer and reference policy stand beside it. */
import type { LlamaConfig } from '../model/config';
import { parameterLayout, type TensorPlace } from '../model/layout';
import { startingState, type AgentState } from '../model/state';
import { specialTokens, tokenizerConfig, type SpecialToken } from '../chat/words-tokenizer';
import { chatTemplates } from '../chat/words-template';
import { sourcesOf } from './byte-source';
import { AgentFilesError, readJson, type Files } from './folder';
import { readLlamaConfig, writeLlamaConfig } from './llama-config';
import { checkOnnxDecoder } from './onnx-outline';
import { writeSafetensors, type Safetensors, type Tensor } from './safetensors';
import type { OnnxAgent } from './snapshot';
import { flat, ONNX_WEIGHTS, openSafetensors, readParameters, WEIGHTS, type Parameters } from './weights';

/** Prefixes in optimizer.safetensors: PyTorch's names of AdamW's moments. */
const FIRST = 'exp_avg.';
const SECOND = 'exp_avg_sq.';

/** transformers.js 3 begins with a cache in f32 unless it is told that the f16 file wants its own. */
const halfCache = { 'transformers.js_config': { kv_cache_dtype: { fp16: 'float16' } } };

/** All that stands beside an agent's weights. `tokenizer` is a tokenizer.json, `more` what else its config.json says. */
function writeOutline(name: string, config: LlamaConfig, tokenizer: Record<string, unknown>, more = {}): Files {
  const ids = { bos_token_id: id('<user>'), eos_token_id: id('<end>'), pad_token_id: id('<pad>') };
  return {
    'config.json': json({ ...writeLlamaConfig(config, ids), ...more }),
    'generation_config.json': json({ ...ids, do_sample: true, temperature: 0.7, top_k: 0 }),
    'tokenizer.json': json(tokenizer),
    'tokenizer_config.json': json({
      ...tokenizerConfig,
      bos_token: '<user>',
      add_bos_token: false,
      add_eos_token: false,
      model_max_length: config.max_position_embeddings,
      ...(Object.hasOwn(chatTemplates, name) ? { chat_template: chatTemplates[name] } : {}),
    }),
  };
}

/**
 * The files of an agent. With `training`, AdamW's moments and the reference policy are among them; without, the folder is
 * what inference needs.
 */
export function writeAgentFiles(
  name: string,
  state: AgentState,
  tokenizer: Record<string, unknown>,
  { training }: { training: boolean },
): Files {
  const { tensors } = parameterLayout(state.config);
  const files: Files = {
    ...writeOutline(name, state.config, tokenizer),
    // `format: pt` is what transformers asks of a file that it is to load.
    [WEIGHTS]: writeSafetensors(named(tensors, state.parameters), { format: 'pt' }),
  };
  if (!training) return files;
  return {
    ...files,
    'optimizer.safetensors': writeSafetensors(
      [...named(tensors, state.firstMoment, FIRST), ...named(tensors, state.secondMoment, SECOND)],
      { updates: String(state.updates) },
    ),
    'reference.safetensors': writeSafetensors(named(tensors, state.reference), { format: 'pt' }),
  };
}

/** Architecture and parameters of any Llama folder: all that inference needs. `folder` names it in messages. */
export async function readModelFiles(
  files: Files,
  folder = 'the model',
): Promise<{ config: LlamaConfig; parameters: Parameters }> {
  const config = readLlamaConfig(readJson(files, 'config.json', folder), `${folder}/config.json`);
  return await readParameters(sourcesOf(files), config, folder);
}

/**
 * Reads an agent that trains. Without `training`, it stands at the start of a run: moments zero, itself the reference.
 * Throws `AgentFilesError`, `SafetensorsError`, `ModelConfigError` or `UnsupportedModelError`.
 */
export async function readAgentFiles(
  files: Files,
  { training }: { training: boolean },
  folder = 'the agent',
): Promise<AgentState> {
  const { config, parameters } = await readModelFiles(files, folder);
  if (!training) return startingState(config, parameters);
  const sources = sourcesOf(files);
  const optimizer = await openSafetensors(sources, 'optimizer.safetensors', folder);
  const at = `${folder}/optimizer.safetensors`;
  const updates = Number(optimizer.metadata.updates ?? NaN);
  if (!Number.isSafeInteger(updates) || updates < 0) {
    throw new AgentFilesError(`Cannot use ${at}: it does not say how many updates were made. Export the run again.`);
  }
  const firstMoment = await flat(config, part(optimizer, FIRST), at);
  const secondMoment = await flat(config, part(optimizer, SECOND), at);
  if ([...optimizer.tensors.keys()].some((name) => !name.startsWith(FIRST) && !name.startsWith(SECOND))) {
    throw new AgentFilesError(`Cannot use ${at}: it holds more than AdamW's moments. Export the run again.`);
  }
  if (secondMoment.some((value) => value < 0)) {
    throw new AgentFilesError(`Cannot use ${at}: it holds a negative second moment. Export the run again.`);
  }
  const file = 'reference.safetensors';
  const { tensors } = await openSafetensors(sources, file, folder);
  const reference = await flat(config, tensors, `${folder}/${file}`);
  return { config, parameters, firstMoment, secondMoment, reference, updates };
}

/** An agent that ONNX Runtime runs, where its clients look for it. */
export function writeOnnxAgentFiles(
  name: string,
  { config, onnx }: OnnxAgent,
  tokenizer: Record<string, unknown>,
): Files {
  return { ...writeOutline(name, config, tokenizer, halfCache), [ONNX_WEIGHTS]: onnx };
}

/** Throws `AgentFilesError`, `ModelConfigError`, `UnsupportedModelError` or `OnnxFileError`. */
export function readOnnxAgentFiles(files: Files, folder: string): OnnxAgent {
  const config = readLlamaConfig(readJson(files, 'config.json', folder), `${folder}/config.json`);
  if (!Object.hasOwn(files, ONNX_WEIGHTS)) {
    throw new AgentFilesError(`${folder} lacks ${ONNX_WEIGHTS}. Export or download it again.`);
  }
  const onnx = new Uint8Array(files[ONNX_WEIGHTS]);
  checkOnnxDecoder(onnx, config, `${folder}/${ONNX_WEIGHTS}`);
  return { config, onnx };
}

function id(token: SpecialToken): number {
  return specialTokens.indexOf(token);
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

function named(places: readonly TensorPlace[], values: Parameters, prefix = ''): Tensor[] {
  return places.map(({ name, shape, offset, size }) => {
    return { name: prefix + name, shape, data: values.subarray(offset, offset + size) };
  });
}

/** The tensors under a prefix, without it. */
function part({ tensors }: Safetensors, prefix: string): Safetensors['tensors'] {
  const under = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(under.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
