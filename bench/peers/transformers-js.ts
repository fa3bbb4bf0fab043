import { AutoModelForCausalLM, env, Tensor } from '@huggingface/transformers';
import factory from 'onnxruntime-of-transformers/ort-wasm-simd-threaded.asyncify.mjs?url';
import wasm from 'onnxruntime-of-transformers/ort-wasm-simd-threaded.asyncify.wasm?url';
import { threadsHere } from '../../workers/cpu-backend';
import type { PageContender } from '../chat/page';

/** From a folder of the bench's own server; with the build of ONNX Runtime that it takes by itself, and as many threads as we have. */
export async function openChat(folder: string): Promise<PageContender> {
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, useBrowserCache: false, useWasmCache: false });
  const name = folder.lastIndexOf('/') + 1;
  env.localModelPath = folder.slice(0, name);
  Object.assign(env.backends.onnx.wasm as object, { wasmPaths: { mjs: factory, wasm }, numThreads: threadsHere() });
  const model = await AutoModelForCausalLM.from_pretrained(folder.slice(name), { device: 'wasm', dtype: 'fp32' });
  console.info(`    transformers.js ${env.version} runs ${threadsHere()} threads`);
  return {
    async generate(prompts, newTokens) {
      const shape = [prompts.length, prompts[0].ids.length];
      const tensor = (rows: readonly (readonly number[])[]) =>
        new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), shape);
      const whole = await model.generate({
        inputs: tensor(prompts.map(({ ids }) => ids)),
        attention_mask: tensor(prompts.map(({ ids }) => ids.map(() => 1))),
        ...{ max_new_tokens: newTokens, do_sample: false },
      });
      const rows = (whole as Tensor).tolist() as bigint[][];
      return rows.map((row, i) => row.slice(prompts[i].ids.length).map(Number));
    },
  };
}
