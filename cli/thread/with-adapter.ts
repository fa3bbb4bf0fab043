import { existsSync, openAsBlob, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { blobSource, type ByteSource } from '../../src/checkpoint/byte-source';
import { ADAPTER_CONFIG, PeftError } from '../../src/checkpoint/peft/adapter-config';
import { ADAPTER_WEIGHTS, readAdapter } from '../../src/checkpoint/peft/adapter-files';
import { mergeLora } from '../../src/model/lora-state';
import type { ReadModel } from './read-model';

/** A model with the adapter of a PEFT folder merged into its weights. Throws what `readAdapter` throws. */
export async function withAdapter({ guest, ...model }: ReadModel, path: string): Promise<ReadModel> {
  const { name, config, parameters } = guest;
  if (!parameters) throw new PeftError(`"${name}" has ONNX weights alone, which no adapter can be merged into.`);
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new PeftError(`There is no folder ${path}. Give one with ${ADAPTER_CONFIG} and ${ADAPTER_WEIGHTS}.`);
  }
  const sources: Record<string, ByteSource> = {};
  for (const file of [ADAPTER_CONFIG, ADAPTER_WEIGHTS, 'adapter_model.bin']) {
    if (existsSync(join(path, file))) sources[file] = blobSource(await openAsBlob(join(path, file)));
  }
  const called = basename(resolve(path));
  const adapter = await readAdapter(sources, config, called);
  mergeLora(config, parameters, adapter.lora, adapter.parameters);
  const note = `The LoRA adapter ${called} is merged into its weights.`;
  return { ...model, guest: { ...guest, name: `${name} with ${called}`, onnx: null }, notes: [...model.notes, note] };
}
