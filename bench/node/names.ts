/** Peers in Node, in results and tables. */
export const plainOnnx = 'ONNX Runtime (Node)';
export const pytorch = 'PyTorch';
