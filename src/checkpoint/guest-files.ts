/** A Hugging Face folder of anyone's as a guest. Nothing of it is used before all of it was checked. */
import { chatTemplateProblem } from '../chat/rendering';
import { checkGuest } from './guest-check';
import { AgentFilesError, readJson, readText, type Files } from './folder';
import type { Guest } from './guest';
import { GuestTokenizer } from './guest-tokenizer';
import { readLlamaConfig } from './llama-config';
import { checkOnnxDecoder } from './onnx-outline';
import { hasWeights, ONNX_WEIGHTS, readParameters, WEIGHTS, WEIGHTS_INDEX } from './weights';

/** A guest, and what is to be said of its files. */
export interface GuestFiles {
  guest: Guest;
  /** Kinds of number that its weights are kept as, F32, F16 or BF16; none where they are ONNX's alone. */
  dtypes: readonly string[];
  /** Bytes of its weights in the folder. */
  bytes: number;
  /** What of the folder cannot be used here, in words. */
  notes: readonly string[];
}

/** Where an ONNX decoder in f32 lies: in a folder for transformers.js, or among files that were picked one by one. */
const onnxPlaces = [ONNX_WEIGHTS, 'model.onnx'] as const;
const TEMPLATE = 'chat_template.jinja';
const small = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', TEMPLATE] as const;
const used = new Set<string>([...small, WEIGHTS, WEIGHTS_INDEX, ...onnxPlaces]);

/** Whether a file of a model's folder, by its path in there, is one that is read. */
export function isUsed(path: string): boolean {
  return used.has(path) || /^[\w-][\w.-]*-of-\d+\.safetensors$/.test(path);
}

/**
 * `name` is the folder's. Throws `AgentFilesError`, `ModelConfigError`, `UnsupportedModelError`, `SafetensorsError`,
 * `OnnxFileError` or `GuestTokenizerError`.
 */
export function readGuest(files: Files, name: string): GuestFiles {
  const json = (file: string) => readJson(files, file, name);
  const has = (file: string) => Object.hasOwn(files, file);
  const configJson = json('config.json');
  const config = readLlamaConfig(configJson, `${name}/config.json`);
  const onnxPlace = onnxPlaces.find(has);
  if (!hasWeights(files) && !onnxPlace) {
    throw new AgentFilesError(`${name} has neither ${WEIGHTS} nor ${onnxPlaces[0]}. Choose a folder with weights.`);
  }
  const weights = hasWeights(files) ? readParameters(files, config, name) : null;
  const onnx = onnxPlace ? new Uint8Array(files[onnxPlace]) : null;
  if (onnx) checkOnnxDecoder(onnx, config, `${name}/${onnxPlace}`);
  const tokenizerConfig = has('tokenizer_config.json') ? json('tokenizer_config.json') : {};
  const { chatTemplate, note } = readChatTemplate(files, tokenizerConfig, name);
  const generation = has('generation_config.json') ? json('generation_config.json') : {};
  const guest = checkGuest(
    {
      ...{ name, config, parameters: weights?.parameters ?? null, onnx, tokenizer: json('tokenizer.json') },
      ...{ tokenizerConfig, chatTemplate, endTokens: endTokensOf([generation, configJson], name) },
    },
    name,
  );
  new GuestTokenizer(guest, `${name}/tokenizer.json`);
  const bytes = Object.entries(files).reduce((sum, [path, { length }]) => sum + (isWeights(path) ? length : 0), 0);
  return { guest, dtypes: [...(weights?.dtypes ?? [])], bytes, notes: note === null ? [] : [note] };
}

/** Whether a file holds weights. */
export function isWeights(path: string): boolean {
  return /\.(safetensors|onnx)$/.test(path);
}

/** The first of the files that says which tokens end a text. */
function endTokensOf(files: readonly Record<string, unknown>[], name: string): number[] {
  for (const { eos_token_id: found } of files) {
    if (found === undefined || found === null) continue;
    const ids: unknown[] = Array.isArray(found) ? found : [found];
    if (ids.length > 0 && ids.every((id) => typeof id === 'number')) return ids;
    throw new AgentFilesError(`${name}: eos_token_id is not a token's id or a list of some. Download the model again.`);
  }
  throw new AgentFilesError(`${name} does not say which token ends a text: its config.json needs eos_token_id.`);
}

/** A file of its own stands before tokenizer_config.json, as in transformers. One that cannot be read is left out. */
function readChatTemplate(
  files: Files,
  { chat_template: listed }: Record<string, unknown>,
  name: string,
): { chatTemplate: string | null; note: string | null } {
  const template = Object.hasOwn(files, TEMPLATE) ? readText(files, TEMPLATE, name) : templateOf(listed);
  if (template === null) return { chatTemplate: null, note: null };
  const problem = typeof template === 'string' ? chatTemplateProblem(template) : 'it is not a text';
  if (problem === null) return { chatTemplate: template as string, note: null };
  return { chatTemplate: null, note: `Its chat template cannot be read (${problem}), so it continues plain text.` };
}

/** A text, or of a list of named ones the default. */
function templateOf(listed: unknown): unknown {
  if (!Array.isArray(listed)) return listed ?? null;
  const named = listed as ({ name?: unknown; template?: unknown } | null)[];
  return (named.find((one) => one?.name === 'default') ?? named[0])?.template ?? null;
}
