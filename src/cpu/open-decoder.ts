import { writeOnnx } from '../checkpoint/onnx';
import type { Completion, GenerateOptions, TokenDecoder } from '../model/agent';
import type { DecoderCapacity } from '../model/capacity';
import type { AgentState } from '../model/state';
import type { TokenRules } from '../model/token-rules';
import { OnnxDecoder, type Runtime } from '../onnx/decoder';
import type { SessionOptions } from './sessions';

/** Opens a model that only decodes: the graph that leaves as a file too, its weights inside, where the runtime can pack them. */
export async function openDecoder(
  runtime: Runtime,
  model: Pick<AgentState, 'config' | 'parameters'>,
  rules: TokenRules,
  { slots = 1 }: DecoderCapacity,
  session: SessionOptions,
): Promise<TokenDecoder & { generate: OnnxDecoder['generate']; dispose: () => Promise<void> }> {
  const { config } = model;
  const decoder = await OnnxDecoder.open(runtime, writeOnnx(model, { precision: 'f32' }), { config, rules }, session);
  return {
    next: (ids) => decoder.next(ids),
    generate: async (prompts, options) => {
      const completions: Completion[] = [];
      for (let from = 0; from < prompts.length; from += slots) {
        completions.push(...(await decoder.generate(prompts.slice(from, from + slots), turn(options, from, slots))));
      }
      return completions;
    },
    dispose: () => decoder.dispose(),
  };
}

/** The options of the prompts of one turn. */
function turn({ draw, cache, ...options }: GenerateOptions, from: number, slots: number): GenerateOptions {
  const of = (values: readonly number[]) => values.slice(from, from + slots);
  return { ...options, draw: { ...draw, rollouts: of(draw.rollouts) }, ...(cache && { cache: of(cache) }) };
}
