/** A worker that starts the worker of ONNX Runtime, as a trainer does. */
import { decodeInRuntime, type Order } from './runtime';

self.addEventListener('message', ({ data }: MessageEvent<Order>) => {
  void decodeInRuntime(data).then(
    (decoded) => self.postMessage({ decoded }),
    (error: unknown) => self.postMessage({ fault: String(error) }),
  );
});
