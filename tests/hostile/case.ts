/** A hostile file, as it crosses to the worker that reads it. */
export type Case =
  | { kind: 'tokenizer'; tokenizer: string; tokenizerConfig: string; size: number }
  | { kind: 'template'; template: string }
  | { kind: 'config' | 'archive' | 'onnx'; bytes: Uint8Array };

/** How reading it ended; `error` is the name of its class. */
export type Outcome = { accepted: true } | { accepted: false; error: string; message: string };
