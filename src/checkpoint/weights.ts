/** A model's parameters in its Hugging Face folder: the files that an index names, model.safetensors, or a lone shard. */
import * as v from 'valibot';
import type { LlamaConfig } from '../model/config';
import { parameterLayout } from '../model/layout';
import { AgentFilesError, find, readJson, type Files } from './folder';
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
export function weightsFile(files: Files): string | null {
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
export function readParameters(files: Files, asked: LlamaConfig, folder: string): ReadParameters {
  const file = weightsFile(files) ?? WEIGHTS;
  const read = file === WEIGHTS_INDEX ? readShards(files, folder) : openSafetensors(files, file, folder);
  const { config, tensors, notes } = settleHead(asked, read.tensors);
  return { config, parameters: flat(config, tensors, `${folder}/${file}`), dtypes: read.dtypes, notes };
}

export function openSafetensors(files: Files, name: string, folder: string): Safetensors {
  return readSafetensors(find(files, name, folder), { file: `${folder}/${name}` });
}

/** All shards as one; each tensor has to stand where the index says, and nothing else anywhere. */
function readShards(files: Files, folder: string): Omit<Safetensors, 'metadata'> {
  const refuse = (what: string): never => {
    throw new AgentFilesError(
      `Cannot use ${folder}/${WEIGHTS_INDEX}: ${what}. Download the folder again, with all of its files.`,
    );
  };
  const index = v.safeParse(indexSchema, readJson(files, WEIGHTS_INDEX, folder));
  if (!index.success) return refuse('its weight_map does not give a safetensors file for each tensor');
  const places = new Map(Object.entries(index.output.weight_map));
  const tensors = new Map<string, StoredTensor>();
  const dtypes = new Set<Dtype>();
  for (const shard of new Set(places.values())) {
    const read = openSafetensors(files, shard, folder);
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
export function flat(config: LlamaConfig, tensors: ReadonlyMap<string, Source>, file: string): Parameters {
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
  const values = new Float32Array(layout.size);
  for (const { offset, size, tensor } of places) tensor.readInto(values.subarray(offset, offset + size));
  return values;
}

/** Old checkpoints keep RoPE's frequencies, which follow from config.json. */
function isRotaryBuffer(name: string): boolean {
  return name.endsWith('.rotary_emb.inv_freq');
}
