import { answering, roleNames } from '../src/waltz/game/roles';
import type { Completion } from '../src/model/agent';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { computeChoice, computeOptions, type BackendChoice } from './compute-options';
import { loraOption, withModel, type OpenedModel } from './model';
import { withDecoder } from './open-decoder';
import { emit, say } from './output';
import { samplingOf, samplingOptions } from './sampling-options';

export const generateCommand = {
  name: 'generate',
  summary:
    'Continues a text, as it is, with any Llama (a folder, .gguf, zip or .waltz): {"ids", "text", "logprobs"}, ids with those of the prompt.',
  operands: ['MODEL'],
  options: {
    prompt: { value: 'TEXT', description: 'what to continue; agents want their layout: "<user> … <assistant>"' },
    tokens: { value: 'N', description: 'new tokens at most (default 64)' },
    ...samplingOptions,
    ...loraOption,
    agent: {
      value: 'NAME',
      description: `which of a run's or an archive's: ${roleNames.join(' or ')} (default ${answering.name})`,
    },
    json: { description: 'JSON on stdout, which is what it writes anyway' },
    ...computeOptions,
  },
} as const satisfies CommandDescription;

export async function generate(args: Arguments): Promise<void> {
  const choice = computeChoice(args);
  const tokens = args.count('tokens', 1) ?? 64;
  const { temperature, seed } = samplingOf(args);
  const agent = args.choice('agent', roleNames) ?? answering.name;
  await withModel(
    args.operands[0],
    agent,
    async (model) => {
      const { ids, logprobs } = await complete(model, { tokens, temperature, seed, choice }, args);
      const text = await model.chat.decode(ids);
      emit({ ids, text, logprobs });
      say(text);
    },
    args.text('lora'),
  );
}

async function complete(
  { guest, chat }: OpenedModel,
  { tokens, temperature, seed, choice }: { tokens: number; temperature: number; seed: number; choice: BackendChoice },
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
    draw: { seed, stream: 'sampling', step: 0, rollouts: [0], phase: 0 },
  } as const;
  const length = ids.length + options.maxNewTokens;
  const advice = (most: number) =>
    `A text of at most ${most} tokens would fit: give a shorter prompt, or fewer --tokens.`;
  const wish = { guest, length, choice, advice };
  const [completion] = await withDecoder(wish, (decoder) => decoder.generate([ids], options));
  return completion;
}
