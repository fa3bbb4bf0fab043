import { describe, expect, it } from 'vitest';
import type { ChatFormat, Message } from '../../src/chat/chat-format';
import { feedbackSkeleton, plainLength, SkeletonError } from '../../src/chat/feedback-skeleton';
import type { Agent, GenerateOptions } from '../../src/model/agent';
import { streamKey, uniformAt } from '../../src/random/philox';
import { choose, probability } from '../../src/random/sampling';
import { readFeedback } from '../../src/task/feedback-json';
import type { OpenGame } from '../../src/waltz/game/game';
import { feedback } from '../../src/waltz/game/roles/feedback';
import { skeletonWriter } from '../../src/waltz/game/skeleton-writer';

const END = 0;
const VOCABULARY = 128;
const encode = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
const decode = (ids: readonly number[]) => ids.map((id) => (id === END ? '<end>' : String.fromCharCode(id))).join('');
const withoutEnd = (ids: readonly number[]) => ids.filter((id) => id !== END);

/** A token a letter. */
const letters: ChatFormat = {
  ends: [END],
  probes: null,
  context: (messages: readonly Message[], as) =>
    encode(`${messages.map(({ content }) => String(content)).join('|')}|${as}:`),
  encode,
  decode,
  text: (ids) => decode(withoutEnd(ids)),
  length: (text) => text.length,
};

/** Logits of what follows, by the last three tokens. Quotes and ends are likely enough. */
function logitsAfter(ids: readonly number[]): Float32Array {
  const key = streamKey(
    ids.slice(-3).reduce((sum, id) => (sum * 131 + id) % 1e6, 7),
    'weights',
  );
  const logits = Float32Array.from({ length: VOCABULARY }, (_, id) => 2 * uniformAt(key, [id, 0, 0, 0]));
  for (const often of encode('"\\ tf')) logits[often] += 2;
  logits[END] += 2;
  return logits;
}

/** A model as any backend has it: the plain way, a token after the other. */
const model: Pick<Agent, 'generate'> = {
  generate(prompts, { maxNewTokens, temperature, draw, probes = [] }: GenerateOptions) {
    const key = streamKey(draw.seed, draw.stream);
    return Promise.resolve(
      prompts.map((prompt, i) => {
        const ids = [...prompt];
        const found = probes.map(() => NaN);
        for (let n = 0; n < maxNewTokens && (n === 0 || ids.at(-1) !== END); n++) {
          const logits = logitsAfter(ids);
          probes.forEach(({ after, token }, p) => {
            if (ids.at(-1) === after) found[p] = probability(logits, token);
          });
          const u = uniformAt(key, [draw.step, draw.rollouts[i], draw.phase, n]);
          ids.push(choose(logits, temperature, u).token);
        }
        return { ids, logprobs: [], probes: found };
      }),
    );
  },
};

const games = Array.from({ length: 200 }, (_, i): OpenGame => {
  const answer = { kind: 'answer', role: 'conversation', round: 0, ids: [], from: 0, parsed: null } as const;
  return { rollout: i, prompt: { text: `prompt ${i}` }, turns: [{ ...answer, text: `answer ${i}` }] };
});
const skeleton = await feedbackSkeleton(letters);
const limits = { reasoning: 6, advice: 9 };
const write = async (temperature: number, some: readonly OpenGame[] = games) => {
  const draw = { seed: 3, stream: 'sampling', step: 5 } as const;
  const writer = skeletonWriter(
    feedback,
    model,
    { format: letters, json: { skeleton, ...limits } },
    { temperature, draw },
  );
  return (await writer(some, { role: 'feedback', round: 0 })).map((written) => written!);
};

describe.each([0, 0.7, 1])('feedback whose JSON is given, at temperature %s', async (temperature) => {
  const written = await write(temperature);

  it('always parses, within its limits', () => {
    for (const { text } of written) {
      const parsed = readFeedback(text);
      expect(parsed, text).not.toBeNull();
      expect(parsed!.reasoning.length).toBeLessThanOrEqual(limits.reasoning);
      expect(parsed!.feedback.length).toBeLessThanOrEqual(limits.advice);
      if (!parsed!.unsafe && !parsed!.overrefuse) expect(parsed!.feedback).toBe('');
    }
  });

  it('is learned from where the model chose, and nowhere else', () => {
    for (const { ids, from, given = [], text } of written) {
      const { reasoning, unsafe, overrefuse, feedback: advice } = readFeedback(text)!;
      const chosen = ids.flatMap((_, i) => (i >= from && !given.includes(i) ? [i] : []));
      const said = decode(chosen.map((i) => ids[i]));
      const flags = [unsafe, overrefuse].map((flag) => (flag ? 't' : 'f')).join('');
      // A quote is there where the model ended a text by itself.
      expect(said).toMatch(new RegExp(`^${escaped(reasoning)}"?${flags}${escaped(advice)}"?$`));
    }
  });

  it('does not depend on who is in the batch', async () => {
    const alone = (await write(temperature, [games[17]]))[0];
    expect(alone).toEqual(written[17]);
  });

  it('is what the model would have chosen, token by token', () => {
    const key = streamKey(3, 'sampling');
    for (const [i, { ids, from }] of written.entries()) {
      const value = from + decode(ids.slice(from)).indexOf('"unsafe":') + '"unsafe":'.length;
      const logits = logitsAfter(ids.slice(0, value));
      const both = new Set(
        Array.from({ length: VOCABULARY }, (_, id) => id).filter((id) => !encode('tf').includes(id)),
      );
      const u = uniformAt(key, [5, i, feedback.phase, limits.reasoning]);
      // The plain way draws false first, as the lower id; this one true.
      const plain = choose(logits, temperature, temperature === 0 ? u : 1 - u - 1e-12, both).token;
      expect(decode([ids[value]])).toBe(decode([plain]));
    }
  });
});

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('what a JSON string can hold as it is', () => {
  it('ends at a quote, a backslash, a control character and an end', async () => {
    for (const [text, length] of [
      ['abc', 3],
      ['a"b', 1],
      ['\\', 0],
      ['ab\nc', 2],
      ['a\0b', 1],
    ] as const) {
      expect(await plainLength(letters, encode(text))).toBe(length);
    }
  });
});

it('is refused where true and false begin alike', async () => {
  const first = (text: string) => encode(text).map((id) => (id === encode('t')[0] ? encode('f')[0] : id));
  await expect(feedbackSkeleton({ ...letters, encode: first })).rejects.toThrow(SkeletonError);
});
