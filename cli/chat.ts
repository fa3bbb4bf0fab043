import { createInterface } from 'node:readline/promises';
import type { Message } from '../src/chat/chat-format';
import { tokenRules } from '../src/checkpoint/guest-rules';
import { speak, type SpokenToken, type Voice } from '../src/lab/floor/voice';
import { answering, roleNames } from '../src/waltz/game/roles';
import type { Arguments, CommandDescription } from './arguments';
import { computeChoice, computeOptions } from './compute-options';
import { loraOption, withModel, type OpenedModel } from './model';
import { withDecoder } from './open-decoder';
import { emit, say } from './output';
import { samplingOf, samplingOptions } from './sampling-options';

export const chatCommand = {
  name: 'chat',
  summary: 'A conversation in the model’s own chat template, streamed. With --json one line an answer instead.',
  operands: ['MODEL'],
  options: {
    message: {
      value: 'TEXT',
      multiple: true,
      description: 'what you say, again for what you say next; else you are asked',
    },
    system: { value: 'TEXT', description: 'what stands before all, in place of the template’s own' },
    tokens: { value: 'N', description: 'of an answer at most (default 256)' },
    ...samplingOptions,
    ...loraOption,
    agent: { value: 'NAME', description: `which of a run's: ${roleNames.join(' or ')} (default ${answering.name})` },
    json: { description: '{"ids", "logprobs", "text"} an answer, ids with those of what was read before it' },
    ...computeOptions,
  },
} as const satisfies CommandDescription;

/** Tokens of a conversation at most: memory is planned for them. */
const LONGEST = 4096;

export async function chat(args: Arguments): Promise<void> {
  const choice = computeChoice(args);
  const options = {
    newTokens: args.count('tokens', 1) ?? 256,
    ...samplingOf(args),
    json: args.switched('json'),
  };
  const system = args.text('system');
  const agent = args.choice('agent', roleNames) ?? answering.name;
  await withModel(
    args.operands[0],
    agent,
    async (model) => {
      const { guest } = model;
      if (guest.chatTemplate === null) say('This model has no chat template: it continues what you say as plain text.');
      const length = Math.min(LONGEST, guest.config.max_position_embeddings);
      const advice = () => 'Choose a smaller model.';
      await withDecoder({ guest, length, choice, advice }, async (decoder) => {
        const { suppressTokens = [] } = tokenRules(guest);
        const voice = { decoder, length, suppressTokens, ends: guest.endTokens, newTokens: options.newTokens };
        const messages: Message[] = system === undefined ? [] : [{ role: 'system', content: system }];
        for await (const said of sayings(args.texts('message'))) {
          messages.push({ role: 'user', content: said });
          messages.push({ role: 'assistant', content: await answer(model, voice, messages, options) });
        }
      });
    },
    args.text('lora'),
  );
}

/** What was given, else what is typed until there is no more. */
async function* sayings(given: readonly string[]): AsyncGenerator<string> {
  if (given.length > 0) return yield* given;
  const terminal = createInterface({ input: process.stdin, output: process.stderr, prompt: '> ' });
  try {
    terminal.prompt();
    for await (const line of terminal) {
      if (line.trim() !== '') yield line;
      terminal.prompt();
    }
  } finally {
    terminal.close();
  }
}

interface AnswerOptions {
  temperature: number;
  seed: number;
  json: boolean;
}

/** Says an answer while it comes, or writes it in one line, and gives its ids. Turns of a conversation have draws of their own. */
async function answer(
  { chat }: OpenedModel,
  voice: Omit<Voice, 'decode'>,
  messages: readonly Message[],
  { temperature, seed, json }: AnswerOptions,
): Promise<number[]> {
  const context = await chat.context(messages, 'assistant');
  const draw = { seed, stream: 'sampling', step: messages.length, rollout: 0, phase: 0 } as const;
  const decode = (ids: readonly number[]) => chat.decode(ids);
  const speech = speak({ ...voice, decode }, context, { temperature, draw });
  const tokens: SpokenToken[] = [];
  let said = await speech.next();
  for (; !said.done; said = await speech.next()) {
    tokens.push(said.value);
    if (!json) process.stdout.write(said.value.text);
  }
  const ids = said.value;
  if (json)
    emit({ ids: [...context, ...ids], logprobs: tokens.map(({ logprob }) => logprob), text: await chat.text(ids) });
  else process.stdout.write('\n');
  return ids;
}
