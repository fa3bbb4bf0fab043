import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The files of the ONNX Runtime that transformers.js brings, which is another one than ours. */
const transformers = createRequire(createRequire(import.meta.url).resolve('@huggingface/transformers'));
const onnxRuntime = dirname(transformers.resolve('onnxruntime-web'));

/** Serves the bench's page: the repository as it is, nothing built, and isolated, so that contenders may use threads. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  cacheDir: '.cache/bench',
  appType: 'mpa',
  logLevel: 'error',
  resolve: { alias: { 'onnxruntime-of-transformers': onnxRuntime } },
  server: {
    host: '127.0.0.1',
    port: 0,
    watch: null,
    hmr: false,
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
  // What is found only while a contender loads would reload the page in the middle of a measurement.
  optimizeDeps: {
    noDiscovery: true,
    include: [
      '@jax-js/jax',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops',
      '@tensorflow/tfjs-core/dist/register_all_gradients',
      '@tensorflow/tfjs-backend-webgpu',
    ],
  },
});
