import type { OnnxAgent } from '../../src/checkpoint/snapshot';
import type { TokenRules } from '../../src/model/token-rules';
import { FrozenAgent } from '../../src/onnx/frozen-agent';
import { OnnxClient } from './client';

const ON_WASM = 'ONNX Runtime, wasm';

/**
 * The agents of a run that ONNX Runtime runs, each in a worker of its own. What was computed by WebAssembly before goes on so,
 * and what by a GPU where there is one. Throws what `OnnxClient.open` throws, and leaves nothing open then.
 */
export async function openOnnxAgents(
  onnx: Readonly<Record<string, OnnxAgent>>,
  { rules, recorded }: { rules: TokenRules; recorded: Readonly<Record<string, string>> },
): Promise<{ agents: Record<string, FrozenAgent>; variants: Record<string, string>; close: () => void }> {
  const clients: OnnxClient[] = [];
  const close = () => clients.forEach((client) => client.close());
  const agents: Record<string, FrozenAgent> = {};
  const variants: Record<string, string> = {};
  try {
    for (const [name, { config, onnx: file }] of Object.entries(onnx)) {
      const provider = recorded[name] === ON_WASM ? ({ provider: 'wasm' } as const) : {};
      const client = await OnnxClient.open(file, { config, rules, ...provider });
      clients.push(client);
      agents[name] = new FrozenAgent(client);
      variants[name] = client.running.provider === 'wasm' ? ON_WASM : 'ONNX Runtime, WebGPU';
    }
  } catch (error) {
    close();
    throw error;
  }
  return { agents, variants, close };
}
