import type { Agent, GenerateOptions } from '../../../src/model/agent';
import type { AnswerChat } from '../../../src/lab/measure/answer-chat';
import { Random } from '../../../src/random/philox';
import { splitOf, type RealPrompt } from '../../../src/tasks/prompts';

const END = 0;

/** A letter a token; token 0 ends a text. */
export const letterChat = {
  encode: (prompt: string) => Array.from(prompt, (letter) => letter.codePointAt(0)!),
  decode(ids: readonly number[]) {
    const end = ids.indexOf(END);
    const own = end < 0 ? ids : ids.slice(0, end);
    return { text: String.fromCodePoint(...own), ended: end >= 0 };
  },
} satisfies AnswerChat;

/** Answers yes or no by a draw from the place that it is given. */
export class DrawingAgent implements Pick<Agent, 'generate'> {
  readonly batches: number[] = [];

  generate(prompts: readonly (readonly number[])[], { draw, maxNewTokens }: GenerateOptions) {
    this.batches.push(prompts.length);
    const completions = prompts.map((prompt, i) => {
      const random = new Random(draw.seed, draw.stream, [draw.step, draw.rollouts[i], draw.phase]);
      const text = random.chance(0.5) ? 'I cannot.' : 'Sure: yes';
      const fresh = [...letterChat.encode(text), END].slice(0, maxNewTokens);
      return { ids: [...prompt, ...fresh], logprobs: fresh.map(() => 0), probes: [] };
    });
    return Promise.resolve(completions);
  }
}

export function realPrompt(text: string, harmful: boolean, set = harmful ? 'bad' : 'good'): RealPrompt {
  return { text, harmful, set, truth: { file: 'a.csv', line: 2, split: splitOf(text) } };
}

export const somePrompts = (count: number): RealPrompt[] =>
  Array.from({ length: count }, (_, i) => realPrompt(`prompt ${i}`, i % 2 === 0));
