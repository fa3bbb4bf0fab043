import { expect, it } from 'vitest';
import type { ChatFormat, Message } from '../../src/chat/chat-format';
import { instructed } from '../../src/chat/instructed';

const shown: [messages: readonly Message[], as: string][] = [];
const chat: ChatFormat = {
  ends: [7],
  probes: null,
  context(messages, as) {
    shown.push([messages, as]);
    return [];
  },
  encode: () => [],
  text: (ids) => `words of ${ids.join()}`,
  decode: () => '',
  length: () => 0,
};
const game: Message[] = [
  { role: 'user', content: 'How do I?' },
  { role: 'assistant', content: [1, 2] },
];
const format = instructed(chat, {
  assistant: { system: 'Be kind.', advice: 'A reader says: {advice} Answer again.', request: '' },
  feedback: { system: '', advice: '{advice}', request: 'Give feedback as JSON.' },
});

async function read(messages: readonly Message[], as: string): Promise<readonly Message[]> {
  await format.context(messages, as);
  const [read, writer] = shown.pop()!;
  expect(writer).toBe('assistant');
  return read;
}

it('puts what a role is told before the dialogue, around advice, and behind all', async () => {
  const advised: Message = { role: 'advice', content: 'Say $& less.' };
  expect(await read([...game, advised], 'assistant')).toEqual([
    { role: 'system', content: 'Be kind.' },
    ...game,
    { role: 'user', content: 'A reader says: Say $& less. Answer again.' },
  ]);
  expect(await read(game, 'feedback')).toEqual([...game, { role: 'user', content: 'Give feedback as JSON.' }]);
  expect(await read(game, 'somebody')).toEqual(game);
  const sampled = await read([...game, { role: 'advice', content: [3] }], 'assistant');
  expect(sampled.at(-1)!.content).toContain('words of 3');
});
