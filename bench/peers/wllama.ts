import { LoggerWithoutDebug, Wllama } from '@wllama/wllama';
import wasm from '@wllama/wllama/esm/wasm/wllama.wasm?url';
import { threadsHere } from '../../workers/cpu-backend';
import type { PageContender } from '../chat/page';

/** llama.cpp's server in WebAssembly, on the processor, with as many threads as we have. It takes texts, and gives texts. */
export async function openChat(file: Blob): Promise<PageContender> {
  const llama = new Wllama({ default: wasm }, { suppressNativeLog: true, logger: LoggerWithoutDebug });
  await llama.loadModel([file], { n_threads: threadsHere(), n_gpu_layers: 0 });
  console.info(`    wllama runs llama.cpp ${Wllama.getLibllamaVersion()}, ${llama.getNumThreads()} threads`);
  return {
    generate: (prompts, newTokens) =>
      Promise.all(
        prompts.map(async ({ ids, text }) => {
          // Nothing of a prompt is kept from the call before, and no token ends a text.
          const whole = { temperature: 0, ignore_eos: true, cache_prompt: false };
          const { choices, usage } = await llama.createCompletion({ prompt: text, max_tokens: newTokens, ...whole });
          const { prompt_tokens: read, completion_tokens: written } = usage;
          if (read !== ids.length || written !== newTokens) {
            throw new Error(`wllama read ${read} tokens and wrote ${written}, not ${ids.length} and ${newTokens}.`);
          }
          return choices[0].text;
        }),
      ),
  };
}
