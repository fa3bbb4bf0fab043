import type { LlamaConfig } from '../model/config';

/** A model that was made elsewhere, or left this page as a folder and came back: checked, and ready to be run. */
export interface Guest {
  /** What people call it: its folder's name. */
  name: string;
  config: LlamaConfig;
  /** In the flat layout; null where the folder has ONNX weights only. */
  parameters: Float32Array<ArrayBuffer> | null;
  /** An ONNX decoder in f32 with past key values, null where there is none. */
  onnx: Uint8Array<ArrayBuffer> | null;
  /** A Hugging Face tokenizer.json, and what tokenizer_config.json says beside it. */
  tokenizer: Record<string, unknown>;
  tokenizerConfig: Record<string, unknown>;
  /** In Jinja, null where the folder has none: such a model continues plain text. */
  chatTemplate: string | null;
  /** Ids that end a text. */
  endTokens: readonly number[];
}
