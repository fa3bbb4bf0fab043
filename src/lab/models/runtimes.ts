export const runtimes = ['engine', 'onnx'] as const;
/** What runs a model: this engine on the GPU, or ONNX Runtime in a worker of its own. */
export type Runtime = (typeof runtimes)[number];
