import { answering, roleNames } from '../src/waltz/game/roles';
import ort from 'onnxruntime-node';
import type { Guest } from '../src/checkpoint/guest';
import { tokenRules } from '../src/checkpoint/guest-rules';
import { writeOnnx } from '../src/checkpoint/onnx';
import { OnnxDecoder } from '../src/onnx/decoder';
import type { Agent, Completion } from '../src/model/agent';
import { mebibytes } from '../src/model/memory';
import { gpuOptions, UsageError, type Arguments, type CommandDescription } from './arguments';
import { withModel, type OpenedModel } from './model';
import { emit, say } from './output';
import { withBackend } from './backend';

/** A folder that the engine cannot run. */
class NoWeightsError extends Error {
  override name = 'NoWeightsError';
}

const backends = ['engine', 'onnx'] as const;

export const generateCommand = {
  name: 'generate',
  summary: 'Continues a text, as it is, with any Llama: {"ids", "text", "logprobs"}, ids with those of the prompt.',
  operands: ['MODEL'],
  options: {
    prompt: { value: 'TEXT', description: 'what to continue; agents want their layout: "<user> … <assistant>"' },
    tokens: { value: 'N', description: 'new tokens at most (default 64)' },
    greedy: { description: 'always the likeliest token' },
    temperature: { value: 'T', description: 'of sampling (default 0.7)' },
    seed: { value: 'N', description: 'of sampling (default 1)' },
    agent: { value: 'NAME', description: `which of a run's: ${roleNames.join(' or ')} (default ${answering.name})` },
    backend: { value: 'NAME', description: `${backends.join(' or ')}: this engine, or ONNX Runtime (default engine)` },
    json: { description: 'JSON on stdout, which is what it writes anyway' },
    ...gpuOptions,
  },
} as const satisfies CommandDescription;

export async function generate(args: Arguments): Promise<void> {
  const tokens = args.count('tokens', 1) ?? 64;
  const sampled = args.temperature('temperature');
  if (args.switched('greedy') && sampled !== undefined)
    throw new UsageError('Give --greedy or --temperature, not both.');
  const temperature = args.switched('greedy') ? 0 : (sampled ?? 0.7);
  const agent = args.choice('agent', roleNames) ?? answering.name;
  await withModel(args.operands[0], agent, async (model) => {
    const { ids, logprobs } = await complete(model, { tokens, temperature }, args);
    const text = await model.chat.decode(ids);
    emit({ ids, text, logprobs });
    say(text);
  });
}

async function complete(
  { guest, chat }: OpenedModel,
  { tokens, temperature }: { tokens: number; temperature: number },
  args: Arguments,
): Promise<Completion> {
  const ids = await chat.tokens(args.required('prompt'));
  const { max_position_embeddings: positions } = guest.config;
  const budget = positions - ids.length;
  if (ids.length === 0 || budget < 1) {
    throw new UsageError(`The prompt is ${ids.length} tokens; this model reads 1 to ${positions - 1}.`);
  }
  const options = {
    maxNewTokens: Math.min(tokens, budget),
    temperature,
    draw: { seed: args.count('seed') ?? 1, stream: 'sampling', step: 0, rollouts: [0], phase: 0 },
  } as const;
  const use = async (agent: Pick<Agent, 'generate'>) => (await agent.generate([ids], options))[0];
  return (args.choice('backend', backends) ?? 'engine') === 'onnx'
    ? await inRuntime(guest, use)
    : await onEngine(guest, ids.length + options.maxNewTokens, args, use);
}

type Use = (agent: Pick<Agent, 'generate'>) => Promise<Completion>;

async function inRuntime(guest: Guest, use: Use): Promise<Completion> {
  const { config, parameters, onnx } = guest;
  const file = onnx ?? (parameters && writeOnnx({ config, parameters }, { precision: 'f32' }));
  const decoder = await OnnxDecoder.open(ort, file!, { config, rules: tokenRules(guest) });
  try {
    return await use(decoder);
  } finally {
    await decoder.dispose();
  }
}

async function onEngine(guest: Guest, length: number, args: Arguments, use: Use): Promise<Completion> {
  const { config, parameters } = guest;
  if (!parameters) throw new NoWeightsError('This folder has ONNX weights only. Give --backend onnx.');
  const advice = (most: number) =>
    `A text of at most ${most} tokens would fit: give a shorter prompt, or fewer --tokens.`;
  return await withBackend(args, async (backend) => {
    const variants = { choice: args.kernels, recorded: {} };
    const { decoder, bytes } = await backend.openDecoder(
      { config, parameters },
      { length, advice },
      { rules: tokenRules(guest), variants },
    );
    say(`GPU memory: about ${mebibytes(bytes)}`);
    return await use(decoder);
  });
}
