/** What crosses between an `OnnxClient` and its worker: each question is answered once, under its id. */
import type { LlamaConfig } from '../../src/model/config';
import type { TokenRules } from '../../src/model/token-rules';
import type { Completion, GenerateOptions } from '../../src/model/agent';

/** What computes: the GPU, or the processor. */
export type Provider = 'webgpu' | 'wasm';

export interface OnnxModel {
  config: LlamaConfig;
  rules: TokenRules;
  /** WebGPU where there is a GPU if left out, else WebAssembly; one that is named is taken or refused. */
  provider?: Provider;
}

/** What a model runs on. */
export interface Running {
  provider: Provider;
  /** Why it is not WebGPU, for people; null where it is, or where WebAssembly was asked for. */
  reason: string | null;
}

/** All that can be asked for, and what it is answered by. */
export interface Calls {
  open: { asked: OnnxModel & { file: Uint8Array }; answer: Running };
  next: { asked: { ids: readonly number[] }; answer: Float32Array<ArrayBuffer> };
  generate: { asked: { prompts: readonly (readonly number[])[]; options: GenerateOptions }; answer: Completion[] };
}
