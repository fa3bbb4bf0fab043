/** A model's parameters in its Hugging Face folder: model.safetensors, or the shards that an index names. */
import * as v from 'valibot';
import type { LlamaConfig } from '../model/config';
import { parameterLayout } from '../model/layout';
import { AgentFilesError, find, readJson, type Files } from './folder';
import { readSafetensors, type Dtype, type Safetensors, type Tensor } from './safetensors';
import { short } from './short';

export type Parameters = Float32Array<ArrayBuffer>;

export const WEIGHTS = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
/** Where transformers.js looks for a decoder in f32. */
export const ONNX_WEIGHTS = 'onnx/model.onnx';
const TIED_HEAD = 'lm_head.weight';
const indexSchema = v.object({
  weight_map: v.record(v.string(), v.pipe(v.string(), v.regex(/^[\w-][\w.-]*\.safetensors$/))),
});

/** Whether a folder has weights for the engine. */
export function hasWeights(files: Files): boolean {
  return Object.hasOwn(files, WEIGHTS) || Object.hasOwn(files, WEIGHTS_INDEX);
}

/**
 * Parameters in the flat layout, and the kinds of number that the file keeps them as. Throws `AgentFilesError` where a
 * tensor is missing, foreign or of another shape than `config` asks for, or what `readSafetensors` throws.
 */
export function readParameters(
  files: Files,
  config: LlamaConfig,
  folder: string,
): { parameters: Parameters; dtypes: ReadonlySet<Dtype> } {
  const sharded = !Object.hasOwn(files, WEIGHTS) && Object.hasOwn(files, WEIGHTS_INDEX);
  const read = sharded ? readShards(files, folder) : openSafetensors(files, WEIGHTS, folder);
  return { parameters: flat(config, read, `${folder}/${sharded ? WEIGHTS_INDEX : WEIGHTS}`), dtypes: read.dtypes };
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
  const tensors = new Map<string, Tensor>();
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
export function flat(config: LlamaConfig, { tensors }: Pick<Safetensors, 'tensors'>, file: string): Parameters {
  const refuse = (what: string): never => {
    throw new AgentFilesError(`Cannot use ${file}: ${what}. Choose the file that belongs to this config.json.`);
  };
  const layout = parameterLayout(config);
  const places = layout.tensors.map((place) => {
    const tensor = tensors.get(place.name) ?? refuse(`it has no "${place.name}"`);
    if (tensor.shape.join() !== place.shape.join()) {
      refuse(`"${place.name}" is [${short(tensor.shape.join(', '))}] where [${place.shape.join(', ')}] is needed`);
    }
    return { offset: place.offset, data: tensor.data };
  });
  const known = new Set(layout.tensors.map(({ name }) => name));
  for (const [name, { data }] of tensors) {
    if (known.has(name) || isRotaryBuffer(name)) continue;
    // Some writers keep the tied head beside the embedding; it has to be the same matrix then.
    if (name !== TIED_HEAD || !same(data, places[0].data)) refuse(`nothing in the model is called "${short(name)}"`);
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
