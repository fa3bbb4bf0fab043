/** A model's parameters in its Hugging Face folder: the files that an index names, model.safetensors, or a lone shard. */
import * as v from 'valibot';
import type { LlamaConfig } from '../model/config';
import { parameterLayout } from '../model/layout';
import type { Sources } from './byte-source';
import { AgentFilesError, find, readJson, readWhole } from './folder';
import type { Dtype } from './numbers';
import { readSafetensors, type Safetensors, type StoredTensor } from './safetensors';
import { short } from './short';
import { settleHead, type Source } from './tied-head';

export type Parameters = Float32Array<ArrayBuffer>;

export const WEIGHTS = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
/** Where transformers.js looks for a decoder in f32. */
export const ONNX_WEIGHTS = 'onnx/model.onnx';
/** A model of one shard is whole without an index. */
const LONE_SHARD = 'model-00001-of-00001.safetensors';
const SAFETENSORS = /^[\w-][\w.-]*\.safetensors$/;
const indexSchema = v.object({
  weight_map: v.record(v.string(), v.pipe(v.string(), v.regex(SAFETENSORS))),
});

/** The file of a folder that its weights are found by; an index rules over a file that stands beside it. */
export function weightsFile(files: Readonly<Record<string, unknown>>): string | null {
  return [WEIGHTS_INDEX, WEIGHTS, LONE_SHARD].find((name) => Object.hasOwn(files, name)) ?? null;
}

/** Whether an index may name this file as one that holds weights. */
export function isWeightsFile(name: string): boolean {
  return SAFETENSORS.test(name);
}

/** A model's parameters as they were read. */
export interface ReadParameters {
  /** As it was given, but for a head that is not tied after all. */
  config: LlamaConfig;
  /** In the flat layout. */
  parameters: Parameters;
  /** Kinds of number that the files keep them as. */
  dtypes: ReadonlySet<Dtype>;
  /** What is to be said of them. */
  notes: readonly string[];
}

/**
 * The parameters that `weightsFile` leads to. Throws `AgentFilesError` where a tensor is missing, foreign or of another shape
 * than `config` asks for, or what `readSafetensors` and its tensors throw.
 */
export async function readParameters(files: Sources, asked: LlamaConfig, folder: string): Promise<ReadParameters> {
  const file = weightsFile(files) ?? WEIGHTS;
  const read = await (file === WEIGHTS_INDEX ? readShards(files, folder) : openSafetensors(files, file, folder));
  const { config, tensors, notes } = await settleHead(asked, read.tensors);
  return { config, parameters: await flat(config, tensors, `${folder}/${file}`), dtypes: read.dtypes, notes };
}

export async function openSafetensors(files: Sources, name: string, folder: string): Promise<Safetensors> {
  return await readSafetensors(find(files, name, folder), { file: `${folder}/${name}` });
}

/** All shards as one; each tensor has to stand where the index says, and nothing else anywhere. */
async function readShards(files: Sources, folder: string): Promise<Omit<Safetensors, 'metadata'>> {
  const refuse = (what: string): never => {
    throw new AgentFilesError(
      `Cannot use ${folder}/${WEIGHTS_INDEX}: ${what}. Download the folder again, with all of its files.`,
    );
  };
  const whole = await readWhole(files, [WEIGHTS_INDEX], folder);
  const index = v.safeParse(indexSchema, readJson(whole, WEIGHTS_INDEX, folder));
  if (!index.success) return refuse('its weight_map does not give a safetensors file for each tensor');
  const places = new Map(Object.entries(index.output.weight_map));
  const tensors = new Map<string, StoredTensor>();
  const dtypes = new Set<Dtype>();
  for (const shard of new Set(places.values())) {
    const read = await openSafetensors(files, shard, folder);
    for (const [name, tensor] of read.tensors) {
      if (places.get(name) !== shard) refuse(`"${short(name)}" stands in ${shard}, where it does not look for it`);
      tensors.set(name, tensor);
    }
    read.dtypes.forEach((dtype) => dtypes.add(dtype));
  }
  for (const [name, shard] of places) if (!tensors.has(name)) refuse(`"${short(name)}" is not in ${shard}`);
  return { tensors, dtypes };
}

/** All tensors of the layout, each with its shape, in the flat buffer's order; gaps are zero. */
export async function flat(
  config: LlamaConfig,
  tensors: ReadonlyMap<string, Source>,
  file: string,
): Promise<Parameters> {
  const refuse = (what: string): never => {
    throw new AgentFilesError(`Cannot use ${file}: ${what}. Choose the file that belongs to this config.json.`);
  };
  const layout = parameterLayout(config);
  const places = layout.tensors.map((place) => {
    const tensor = tensors.get(place.name) ?? refuse(`it has no "${place.name}"`);
    if (tensor.shape.join() !== place.shape.join()) {
      refuse(`"${place.name}" is [${short(tensor.shape.join(', '))}] where [${place.shape.join(', ')}] is needed`);
    }
    return { ...place, tensor };
  });
  const known = new Set(layout.tensors.map(({ name }) => name));
  for (const name of tensors.keys()) {
    if (!known.has(name) && !isRotaryBuffer(name)) refuse(`nothing in the model is called "${short(name)}"`);
  }
  const values = allocateFlat(layout.size);
  if (!values) {
    const gigabytes = Math.ceil((4 * layout.size) / 1e9);
    throw new AgentFilesError(
      `Cannot use ${file}: in float32 it takes ${gigabytes} GB, more than there is. Choose a smaller model.`,
    );
  }
  // In the file's order: one that is packed is read from its begin on.
  for (const { offset, size, tensor } of places.toSorted((a, b) => (a.tensor.begin ?? 0) - (b.tensor.begin ?? 0))) {
    await tensor.readInto(values.subarray(offset, offset + size));
  }
  return values;
}

/** Zeros, or null where there is no memory for so many. */
export function allocateFlat(size: number): Parameters | null {
  try {
    return new Float32Array(size);
  } catch {
    return null;
  }
}

/** Old checkpoints keep RoPE's frequencies, which follow from config.json. */
function isRotaryBuffer(name: string): boolean {
  return name.endsWith('.rotary_emb.inv_freq');
}
