/** A LoRA adapter as the two files that PEFT writes, in and out (https://huggingface.co/docs/peft/developer_guides/checkpoint). */
import type { LlamaConfig } from '../../model/config';
import { loraLayout, type LoraConfig } from '../../model/lora';
import type { Sources } from '../byte-source';
import { readJson, readWhole, type Files } from '../folder';
import { readSafetensors, writeSafetensors } from '../safetensors';
import { short } from '../short';
import { ADAPTER_CONFIG, PeftError, readAdapterConfig, writeAdapterConfig } from './adapter-config';

export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';
const PREFIX = 'base_model.model.';

/** Adapters, and their values in `loraLayout`. */
export interface LoraAdapter {
  lora: LoraConfig;
  parameters: Float32Array<ArrayBuffer>;
}

/**
 * Throws `PeftError` where a tensor has no place in this model, where a target has no tensor, or for a kind that is not computed
 * here; `AgentFilesError` or `SafetensorsError` for files that cannot be read. `folder` names them in messages.
 */
export async function readAdapter(sources: Sources, config: LlamaConfig, folder: string): Promise<LoraAdapter> {
  const refuse = (what: string): never => {
    throw new PeftError(`Cannot use ${folder}: ${what}.`);
  };
  if (!Object.hasOwn(sources, ADAPTER_CONFIG))
    refuse(`it has no ${ADAPTER_CONFIG}. Choose the folder of a PEFT adapter`);
  if (!Object.hasOwn(sources, ADAPTER_WEIGHTS)) {
    const pickled = Object.hasOwn(sources, 'adapter_model.bin');
    refuse(pickled ? 'its weights are a pickle. Save it with safe_serialization=True' : `it has no ${ADAPTER_WEIGHTS}`);
  }
  const files = await readWhole(sources, [ADAPTER_CONFIG], folder);
  const lora = readAdapterConfig(readJson(files, ADAPTER_CONFIG, folder), config, `${folder}/${ADAPTER_CONFIG}`);
  const { tensors } = await readSafetensors(sources[ADAPTER_WEIGHTS], { file: `${folder}/${ADAPTER_WEIGHTS}` });
  const layout = loraLayout(config, lora);
  const known = new Set(layout.tensors.map(({ name }) => PREFIX + name));
  for (const name of tensors.keys()) {
    if (!known.has(name)) refuse(`its tensor "${short(name, 120)}" has no place in this model${reasonOf(name)}`);
  }
  const parameters = new Float32Array(layout.size);
  for (const { name, shape, offset, size } of layout.tensors) {
    const tensor = tensors.get(PREFIX + name) ?? refuse(`it has no tensor "${PREFIX}${name}"`);
    if (tensor.shape.join() !== shape.join()) {
      refuse(`"${short(tensor.name)}" is [${short(tensor.shape.join(', '))}] where [${shape.join(', ')}] is needed`);
    }
    await tensor.readInto(parameters.subarray(offset, offset + size));
  }
  return { lora, parameters };
}

/** What is known to go wrong with names. */
function reasonOf(name: string): string {
  if (/lora_[AB]\.\w+\.weight$/.test(name)) return ": the adapter's own name is in it. Save it with save_pretrained";
  if (/^base_model\.model\.layers\./.test(name)) return ': a "model." is missing in it';
  if (!name.startsWith(PREFIX)) return `: it does not begin with "${PREFIX}"`;
  return ', or its module is not among target_modules';
}

/** What `readAdapter` reads, and PEFT. `base` names what it stands on; null for nothing. */
export function writeAdapter(config: LlamaConfig, { lora, parameters }: LoraAdapter, base: string | null): Files {
  const tensors = loraLayout(config, lora).tensors.map(({ name, shape, offset, size }) => {
    return { name: PREFIX + name, shape, data: parameters.subarray(offset, offset + size) };
  });
  return {
    [ADAPTER_CONFIG]: new TextEncoder().encode(`${JSON.stringify(writeAdapterConfig(lora, base), null, 2)}\n`),
    [ADAPTER_WEIGHTS]: writeSafetensors(tensors, { format: 'pt' }),
  };
}
