/** A Hugging Face folder of anyone's as a guest. Nothing of it is used before all of it was checked. */
import { usableTemplate } from './chat-template';
import { checkGuest } from './guest-check';
import type { Sources } from './byte-source';
import { AgentFilesError, readJson, readText, readWhole } from './folder';
import type { Guest } from './guest';
import { GuestTokenizer } from './guest-tokenizer';
import { readLlamaConfig } from './llama-config';
import { ropeNotes } from './rope-config';
import { checkOnnxDecoder } from './onnx-outline';
import { isWeightsFile, ONNX_WEIGHTS, readParameters, WEIGHTS, WEIGHTS_INDEX, weightsFile } from './weights';

/** A guest, and what is to be said of its files or its one file. */
export interface GuestFiles {
  guest: Guest;
  /** What it was read from. */
  container: 'folder' | 'GGUF';
  /** Kinds of number that its weights are kept as, F32, BF16, Q4_K or the like; none where they are ONNX's alone. */
  dtypes: readonly string[];
  /** Bytes of its weights there. */
  bytes: number;
  /** As its files name it, null where they do not. */
  license: string | null;
  /** What of the folder cannot be used here, in words. */
  notes: readonly string[];
}

/** Where an ONNX decoder in f32 lies: in a folder for transformers.js, or among files that were picked one by one. */
const onnxPlaces = [ONNX_WEIGHTS, 'model.onnx'] as const;
const TEMPLATE = 'chat_template.jinja';
const CARD = 'README.md';
const small = [
  ...['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'],
  ...[TEMPLATE, CARD],
] as const;
const used = new Set<string>([...small, WEIGHTS_INDEX, ...onnxPlaces]);
/** What training leaves beside a model's weights. */
const training = new Set(['optimizer.safetensors', 'reference.safetensors']);

/** Whether a file of a model's folder, by its path in there, is one that is read. */
export function isUsed(path: string): boolean {
  return used.has(path) || (isWeightsFile(path) && !training.has(path));
}

/**
 * Weights are read in slices: no file of them is ever in memory whole. `name` is the folder's. Throws `AgentFilesError`, `ModelConfigError`, `UnsupportedModelError`, `SafetensorsError`,
 * `OnnxFileError` or `GuestTokenizerError`.
 */
export async function readGuest(sources: Sources, name: string): Promise<GuestFiles> {
  const files = await readWhole(sources, small, name);
  const json = (file: string) => readJson(files, file, name);
  const has = (file: string) => Object.hasOwn(sources, file);
  const configJson = json('config.json');
  const asked = readLlamaConfig(configJson, `${name}/config.json`);
  const onnxPlace = onnxPlaces.find(has);
  const weightsPlace = weightsFile(sources);
  if (!weightsPlace && !onnxPlace) {
    throw new AgentFilesError(`${name} has neither ${WEIGHTS} nor ${onnxPlaces[0]}. Choose a folder with weights.`);
  }
  const weights = weightsPlace ? await readParameters(sources, asked, name) : null;
  const config = weights?.config ?? asked;
  const onnx = onnxPlace ? await readOnnx(sources, onnxPlace, name) : null;
  if (onnx) checkOnnxDecoder(onnx, config, `${name}/${onnxPlace}`);
  const tokenizerConfig = has('tokenizer_config.json') ? json('tokenizer_config.json') : {};
  const written = has(TEMPLATE) ? readText(files, TEMPLATE, name) : templateOf(tokenizerConfig.chat_template);
  // A file of its own stands before tokenizer_config.json, as in transformers.
  const template = usableTemplate(written, tokenizerConfig);
  const generation = has('generation_config.json') ? json('generation_config.json') : {};
  const ends = endTokensOf(configJson, generation, name);
  const guest = checkGuest(
    {
      ...{ name, config, parameters: weights?.parameters ?? null, onnx, tokenizer: json('tokenizer.json') },
      ...{ tokenizerConfig, chatTemplate: template.chatTemplate, endTokens: ends.ids },
    },
    name,
  );
  new GuestTokenizer(guest, `${name}/tokenizer.json`);
  const said = [...ropeNotes(configJson), ...(weights?.notes ?? []), ends.note, ...template.notes];
  const notes = said.filter((one) => one !== null);
  const bytes = Object.entries(sources).reduce((sum, [path, { size }]) => sum + (isWeights(path) ? size : 0), 0);
  const license = has(CARD) ? licenseOf(files[CARD]) : null;
  return { guest, container: 'folder', dtypes: [...(weights?.dtypes ?? [])], bytes, license, notes };
}

/** Such a file is a protobuf message, which has less than 2 GiB. */
async function readOnnx(sources: Sources, place: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = sources[place];
  if (size < 2 ** 31) return new Uint8Array(await sources[place].slice(0, size));
  throw new AgentFilesError(`${name}/${place} is larger than an ONNX file can be (2 GiB). Choose a smaller model.`);
}

/** Of a model card's front matter, which is in its first few kilobytes. */
function licenseOf(card: Uint8Array): string | null {
  const head = new TextDecoder().decode(card.subarray(0, 8192));
  const [, matter = ''] = /^---\r?\n([^]*?)\r?\n---/.exec(head) ?? [];
  const [, license = ''] = /^license:[ \t]*["']?([\w.-]{1,60})["']?[ \t]*$/m.exec(matter) ?? [];
  return license === '' ? null : license;
}

/** Whether a file holds weights. */
export function isWeights(path: string): boolean {
  return /\.(safetensors|onnx)$/.test(path);
}

/** transformers' default of a Llama whose files do not say where a text ends. */
const DEFAULT_END = 2;

/** Every token that either file says ends a text. */
function endTokensOf(
  config: Record<string, unknown>,
  generation: Record<string, unknown>,
  name: string,
): { ids: number[]; note: string | null } {
  const ids = [config, generation].flatMap(({ eos_token_id: found }) => {
    const listed: unknown[] = Array.isArray(found) ? found : [found ?? []].flat();
    if (listed.every((id) => typeof id === 'number')) return listed;
    throw new AgentFilesError(`${name}: eos_token_id is not a token's id or a list of some. Download the model again.`);
  });
  if (ids.length > 0) return { ids: [...new Set(ids)], note: null };
  if (config.eos_token_id === undefined) {
    const note = `Its files do not say which token ends a text: it is token ${DEFAULT_END}, as in transformers.`;
    return { ids: [DEFAULT_END], note };
  }
  throw new AgentFilesError(`${name} does not say which token ends a text: its config.json needs eos_token_id.`);
}

/** A text, or of a list of named ones the default. */
function templateOf(listed: unknown): unknown {
  if (!Array.isArray(listed)) return listed ?? null;
  const named = listed as ({ name?: unknown; template?: unknown } | null)[];
  return (named.find((one) => one?.name === 'default') ?? named[0])?.template ?? null;
}
