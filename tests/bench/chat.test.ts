import { describe, expect, it, test } from 'vitest';
import { partingsOf } from '../../bench/chat/agreement';
import { measureChat } from '../../bench/chat/measure';
import { readChatModel } from '../../bench/chat/model';
import { promptsOf } from '../../bench/chat/prompts';
import { faults } from '../../bench/faults';
import { markdown } from '../../bench/report';
import { chatWorkloads } from '../../bench/workloads';
import { missing } from '../oracle/smollm2';
import { exampleChat, exampleDocument, exampleNode } from './document';

test('answers part at the first token that is another one', () => {
  const prompts = (run: number) => [[run], [run, run]];
  const ours = [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [
      [1, 1, 1],
      [2, 2, 2],
    ],
  ];
  expect(partingsOf(ours, ours, prompts)).toEqual({ sameTokens: 1, places: [] });
  const others = [
    [
      [1, 2, 3],
      [4, 9, 6],
    ],
    [
      [1, 1, 7],
      [2, 2],
    ],
    [[8], [8]],
  ];
  expect(partingsOf(ours, others, prompts)).toEqual({
    sameTokens: 9 / 11,
    places: [
      { ids: [0, 0, 4], token: 5, other: 9 },
      { ids: [1, 1, 1], token: 1, other: 7 },
    ],
  });
});

test('a chat model is told with its opening, its prompts and its answers, wherever it was measured', () => {
  const text = markdown({ ...exampleDocument(), chat: exampleChat(), node: { ...exampleNode(), chat: exampleChat() } });
  for (const where of ['in the page', 'in Node']) {
    expect(text).toContain(`## Chat ${where}, SmolLM2-135M-Instruct (134,515,008 parameters), 2 threads, greedy`);
  }
  expect(text).toContain('| ours (CPU) | 8.00 s | 1536.0 MiB |');
  expect(text).toContain('| theirs | 8.00 s | – |');
  expect(text).toContain('### Prompts, 1 × 256 tokens');
  expect(text).toContain(
    '| theirs | 256 | 2.00× as fast | 2.00× as fast | 1.00 (1.00–1.00) | 96.0%, parting at 0.003 |',
  );
  expect(text).toContain('### Answers, batch 32, 24 tokens each');
  expect(text).toContain('| ours (CPU) | 1,536 |  |  | 0.500 (0.500–0.500) |  |');
});

test('a chat model that is not there is told, and is no table', () => {
  const chat = { ...exampleChat(), contests: [], memory: [], missing: 'there is no pip.' };
  const text = markdown({ ...exampleDocument(), chat });
  expect(text).toContain('## Chat in the page, SmolLM2-135M-Instruct\n\nNot measured: there is no pip.');
});

test('another answer is a fault where it is no near tie, and so is a contender that fails', () => {
  const chat = exampleChat();
  expect(faults({ ...exampleDocument(), chat })).toEqual([]);
  Object.assign(chat.contests[2].contenders[1], { largestLead: 0.5, agrees: false });
  chat.contests[3].failed.push({ name: 'another', why: 'no memory' });
  expect(faults({ ...exampleDocument(), node: { ...exampleNode(), chat } })).toEqual([
    expect.stringContaining('in Node, answer × 1: where theirs took another token than we, its logit was 0.50 below'),
    'another failed with SmolLM2-135M-Instruct in Node: no memory',
  ]);
});

describe.skipIf(missing !== null)(`a chat model${missing === null ? '' : ` (${missing})`}`, () => {
  it('gets prompts of the length that is asked for, other ones for everyone and in every run', async () => {
    const model = await readChatModel();
    if ('missing' in model) throw new Error(model.missing);
    for (const workload of chatWorkloads) {
      for (const run of [0, 1, 2, 3]) {
        const prompts = promptsOf(model.tokenizer, workload, run);
        expect(new Set(prompts.map(String)).size).toBe(workload.batch);
        expect(prompts.every(({ length }) => length === workload.promptTokens)).toBe(true);
      }
      expect(promptsOf(model.tokenizer, workload, 1)).not.toEqual(promptsOf(model.tokenizer, workload, 0));
    }
  });

  it('is opened once by each, who is judged by how far ours was from its token', { timeout: 60_000 }, async () => {
    const model = await readChatModel();
    const opened: string[] = [];
    const player = (name: string, token: number, lead: number) => ({
      ...{ name, tolerance: 0.01, sitsOut: () => null },
      open: () => {
        opened.push(name);
        return Promise.resolve({
          name,
          generate: (prompts: readonly unknown[], newTokens: number) =>
            Promise.resolve(prompts.map(() => Array<number>(newTokens).fill(token))),
          lead: () => Promise.resolve(lead),
          bytes: () => Promise.resolve(1),
          dispose: () => void opened.splice(opened.indexOf(name), 1),
        });
      },
    });
    const broken = { ...player('broken', 0, 0), open: () => Promise.reject(new Error('no memory')) };
    const entries = [player('ours (CPU)', 7, 0.5), player('same', 7, 0), player('other', 8, 0), broken];
    const run = measureChat({ model, entries, threads: 1, runs: 1, turn: 0, say: () => undefined });
    const { contests, memory } = await run;
    expect(opened).toEqual([]);
    expect(memory.map(({ name }) => name)).toEqual(['ours (CPU)', 'same', 'other']);
    expect(contests[0].failed).toEqual([{ name: 'broken', why: 'no memory' }]);
    for (const { contenders } of contests) {
      expect(contenders.map(({ largestLead, agrees }) => [largestLead, agrees])).toEqual([
        [0, true],
        [0, true],
        [0.5, false],
      ]);
    }
    for (const { satOut } of contests.slice(1)) expect(satOut).toEqual([{ name: 'broken', why: 'it did not open' }]);
  });
});
