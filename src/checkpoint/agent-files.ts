/** An agent as the files of a Hugging Face model folder, and back. Optimizer and reference policy stand beside it. */
import type { LlamaConfig } from '../lm/config';
import { parameterLayout, type TensorPlace } from '../lm/layout';
import { startingState, type AgentState } from '../lm/state';
import { specialTokens, tokenizerConfig, type SpecialToken } from '../tokenizer';
import { chatTemplates } from './chat-template';
import { readLlamaConfig, writeLlamaConfig } from './llama-config';
import { readSafetensors, writeSafetensors, type Safetensors, type Tensor } from './safetensors';

/** File name → content. */
export type Files = Record<string, Uint8Array>;

/** A folder that lacks a file or a tensor, or has one of another shape. */
export class AgentFilesError extends Error {
  override name = 'AgentFilesError';
}

type Parameters = Float32Array<ArrayBuffer>;

/** Prefixes in optimizer.safetensors: PyTorch's names of AdamW's moments. */
const FIRST = 'exp_avg.';
const SECOND = 'exp_avg_sq.';
const TIED_HEAD = 'lm_head.weight';

/**
 * The files of an agent. `tokenizer` is a tokenizer.json. With `training`, AdamW's moments and the reference policy are
 * among them; without, the folder is what inference needs.
 */
export function writeAgentFiles(
  name: string,
  state: AgentState,
  tokenizer: Record<string, unknown>,
  { training }: { training: boolean },
): Files {
  const { config } = state;
  const ids = { bos_token_id: id('<user>'), eos_token_id: id('<end>'), pad_token_id: id('<pad>') };
  const { tensors } = parameterLayout(config);
  const files: Files = {
    'config.json': json(writeLlamaConfig(config, ids)),
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
    // `format: pt` is what transformers asks of a file that it is to load.
    'model.safetensors': writeSafetensors(named(tensors, state.parameters), { format: 'pt' }),
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
export function readModelFiles(files: Files, folder = 'the model'): { config: LlamaConfig; parameters: Parameters } {
  const config = readLlamaConfig(parse(files, 'config.json', folder), `${folder}/config.json`);
  const file = 'model.safetensors';
  return { config, parameters: flat(config, open(files, file, folder), `${folder}/${file}`) };
}

/**
 * Reads an agent that trains. Without `training`, it stands at the start of a run: moments zero, itself the reference.
 * Throws `AgentFilesError`, `SafetensorsError`, `ModelConfigError` or `UnsupportedModelError`.
 */
export function readAgentFiles(files: Files, { training }: { training: boolean }, folder = 'the agent'): AgentState {
  const { config, parameters } = readModelFiles(files, folder);
  if (!training) return startingState(config, parameters);
  const optimizer = open(files, 'optimizer.safetensors', folder);
  const at = `${folder}/optimizer.safetensors`;
  const updates = Number(optimizer.metadata.updates ?? NaN);
  if (!Number.isSafeInteger(updates) || updates < 0) {
    throw new AgentFilesError(`Cannot use ${at}: it does not say how many updates were made. Export the run again.`);
  }
  const firstMoment = flat(config, part(optimizer, FIRST), at);
  const secondMoment = flat(config, part(optimizer, SECOND), at);
  if ([...optimizer.tensors.keys()].some((name) => !name.startsWith(FIRST) && !name.startsWith(SECOND))) {
    throw new AgentFilesError(`Cannot use ${at}: it holds more than AdamW's moments. Export the run again.`);
  }
  if (secondMoment.some((value) => value < 0)) {
    throw new AgentFilesError(`Cannot use ${at}: it holds a negative second moment. Export the run again.`);
  }
  const file = 'reference.safetensors';
  const reference = flat(config, open(files, file, folder), `${folder}/${file}`);
  return { config, parameters, firstMoment, secondMoment, reference, updates };
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

function find(files: Files, name: string, folder: string): Uint8Array {
  if (!Object.hasOwn(files, name)) {
    throw new AgentFilesError(`${folder} has no ${name}. Export or download it again, with all of its files.`);
  }
  return files[name];
}

function parse(files: Files, name: string, folder: string): unknown {
  const bytes = find(files, name, folder);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new AgentFilesError(`${folder}/${name} is not JSON. Export or download it again.`);
  }
}

function open(files: Files, name: string, folder: string): Safetensors {
  return readSafetensors(find(files, name, folder), { file: `${folder}/${name}` });
}

/** The tensors under a prefix, without it. */
function part({ tensors, metadata }: Safetensors, prefix: string): Safetensors {
  const under = [...tensors].filter(([name]) => name.startsWith(prefix));
  return { tensors: new Map(under.map(([name, tensor]) => [name.slice(prefix.length), tensor])), metadata };
}

/** All tensors of the layout, each with its shape, in the flat buffer's order; gaps are zero. */
function flat(config: LlamaConfig, { tensors }: Safetensors, file: string): Parameters {
  const refuse = (what: string): never => {
    throw new AgentFilesError(`Cannot use ${file}: ${what}. Choose the file that belongs to this config.json.`);
  };
  const layout = parameterLayout(config);
  const places = layout.tensors.map((place) => {
    const tensor = tensors.get(place.name) ?? refuse(`it has no "${place.name}"`);
    if (tensor.shape.join() !== place.shape.join()) {
      refuse(`"${place.name}" is [${tensor.shape.join(', ')}] where [${place.shape.join(', ')}] is needed`);
    }
    return { offset: place.offset, data: tensor.data };
  });
  const known = new Set(layout.tensors.map(({ name }) => name));
  for (const [name, { data }] of tensors) {
    if (known.has(name) || isRotaryBuffer(name)) continue;
    // Some writers keep the tied head beside the embedding; it has to be the same matrix then.
    if (name !== TIED_HEAD || !same(data, places[0].data)) refuse(`nothing in the model is called "${name}"`);
  }
  const values = new Float32Array(layout.size);
  for (const { offset, data } of places) values.set(data, offset);
  return values;
}

/** Old checkpoints keep RoPE's frequencies, which follow from config.json. */
function isRotaryBuffer(name: string): boolean {
  return name.endsWith('.rotary_emb.inv_freq');
}

function same(a: Parameters, b: Parameters): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
