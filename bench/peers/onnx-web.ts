import { loadThreadedRuntime } from '../../workers/cpu-backend';
import { loadRuntime, sessionOptions } from '../../workers/onnx/runtime';
import type { Provider } from '../../workers/protocol/onnx';
import type { GenerationContender, Start } from '../contender';
import * as plain from './onnx-runtime';

/** In the page. On WebAssembly with as many threads as we have: that build is one for all sessions of a page. */
export async function openGeneration(start: Start, provider: Provider): Promise<GenerationContender> {
  const runtime = provider === 'wasm' ? await loadThreadedRuntime() : await loadRuntime(provider);
  return plain.openGeneration(`ONNX Runtime (${provider})`, runtime, sessionOptions(provider, start.config), start);
}
