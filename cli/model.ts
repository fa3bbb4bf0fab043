/** One model to talk to: an agent of a run, or a Hugging Face folder of anyone. */
import { Tokenizer } from '@huggingface/tokenizers';
import { join } from 'node:path';
import { readModelFiles } from '../src/checkpoint/agent-files';
import { readLlamaConfig } from '../src/checkpoint/llama-config';
import type { LlamaConfig } from '../src/lm/config';
import { agentOf } from '../src/lab/export/model-files';
import type { KeptRun } from '../src/lab/run-format';
import { specialTokens, tokenizerConfig } from '../src/tokenizer';
import type { AgentName } from '../src/world';
import { readIfPresent } from './files';
import { RunFolder } from './run-folder';

export interface Model {
  config: LlamaConfig;
  /** In the flat layout; null where the folder has ONNX weights only. */
  parameters: Float32Array<ArrayBuffer> | null;
  /** An ONNX file, null where there is none. */
  onnx: Uint8Array | null;
  tokenizer: Tokenizer;
  /** The id that ends a text. */
  endToken: number;
}

/** A folder that holds no model, or one that cannot be used. */
export class ModelFolderError extends Error {
  override name = 'ModelFolderError';
}

const ONNX = 'onnx/model.onnx';

/** @throws {ModelFolderError} and what the readers throw. */
export async function readModel(path: string, agent: AgentName): Promise<Model> {
  const run = await new RunFolder(path).find();
  return run ? modelOfRun(run, agent) : modelOf(path);
}

function modelOfRun(run: KeptRun, agent: AgentName): Model {
  const { config, parameters } = agentOf(run, agent);
  const endToken = specialTokens.indexOf('<end>');
  return { config, parameters, onnx: null, tokenizer: new Tokenizer(run.tokenizer, { ...tokenizerConfig }), endToken };
}

function modelOf(path: string): Model {
  const find = (name: string) => readIfPresent(join(path, name));
  const need = (name: string): Uint8Array => {
    const found = find(name);
    if (!found) throw new ModelFolderError(`${path} has no ${name}. Give a run, or a whole Hugging Face folder.`);
    return found;
  };
  const config = readLlamaConfig(json(need('config.json'), `${path}/config.json`), `${path}/config.json`);
  const weights = find('model.safetensors');
  const onnx = find(ONNX);
  if (!weights && !onnx) throw new ModelFolderError(`${path} has neither model.safetensors nor ${ONNX}.`);
  const files = { 'config.json': need('config.json'), ...(weights ? { 'model.safetensors': weights } : {}) };
  return {
    ...{ config, onnx, parameters: weights && readModelFiles(files, path).parameters },
    tokenizer: tokenizerOf(path, need('tokenizer.json'), find('tokenizer_config.json')),
    endToken: endOf(path, [find('generation_config.json'), need('config.json')]),
  };
}

function tokenizerOf(path: string, tokenizer: Uint8Array, config: Uint8Array | null): Tokenizer {
  const content = json(tokenizer, `${path}/tokenizer.json`);
  try {
    return new Tokenizer(content, config ? json(config, `${path}/tokenizer_config.json`) : {});
  } catch (error) {
    throw new ModelFolderError(`${path}/tokenizer.json cannot be used: ${(error as Error).message}`);
  }
}

/** The first of the files that says which token ends a text. */
function endOf(path: string, files: readonly (Uint8Array | null)[]): number {
  for (const file of files) {
    const { eos_token_id: found } = file ? (json(file, path) as { eos_token_id?: unknown }) : {};
    const id: unknown = Array.isArray(found) ? found[0] : found;
    if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
  }
  throw new ModelFolderError(`${path} does not say which token ends a text: its config.json needs eos_token_id.`);
}

function json(bytes: Uint8Array, file: string): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new ModelFolderError(`${file} is not a JSON object. Export or download it again.`);
}
