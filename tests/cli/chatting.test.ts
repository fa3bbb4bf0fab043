/** A score and a conversation at the command line, of a real model that is small. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { storiesAreHere, storiesFolder, type Golden } from '../oracle/stories';
import { waltz } from './waltz';

const TEXT = 'Once upon a time, there was a little girl named Lily.';

interface Line {
  ids: number[];
  logprobs: number[];
  text: string;
}

describe.skipIf(!storiesAreHere)('waltz', () => {
  const golden = () => JSON.parse(readFileSync(`${storiesFolder}golden.json`, 'utf8')) as Golden;
  const linesOf = async (...argv: string[]) => {
    const { code, lines, errors } = await waltz([...argv, '--json', '--backend', 'cpu']);
    expect(code, errors).toBe(0);
    return lines as unknown as Line[];
  };

  it('score finds a text as likely as the golden answers do', async () => {
    const [{ ids, token_logprobs: expected }] = golden().logits;
    const [scored] = await linesOf('score', storiesFolder, '--text', TEXT);
    expect(scored).toMatchObject({ ids, text: TEXT });
    expect(scored.logprobs).toHaveLength(ids.length - 1);
    scored.logprobs.forEach((logprob, i) => expect(logprob).toBeCloseTo(expected[i], 4));
  });

  it('chat answers message after message, each behind all that was said', async () => {
    const { prompt_ids: prompt, ids } = golden().greedy[0];
    const asked = ['chat', storiesFolder, '--greedy', '--tokens', '8', '--message', 'Once upon a time'];
    const [first, second] = await linesOf(...asked, '--message', 'The end.');
    expect(first.ids).toEqual(ids.slice(0, prompt.length + 8));
    expect(first.logprobs).toHaveLength(8);
    expect(second.ids.length).toBeGreaterThan(first.ids.length + 8);
    // The beginning is read as it was, the answer as its text.
    expect(second.ids.slice(0, prompt.length)).toEqual(prompt);
  });

  it('chat streams an answer as text where nobody asks for JSON', async () => {
    const argv = ['chat', storiesFolder, '--greedy', '--tokens', '4', '--message', 'Once upon a time'];
    const { out, errors } = await waltz([...argv, '--backend', 'cpu'], { json: false });
    expect(out).toBe(', there was a\n');
    expect(errors).toContain('no chat template');
  });

  it('score says what it cannot score', async () => {
    const { code, errors } = await waltz(['score', storiesFolder, '--text', '', '--backend', 'cpu']);
    expect(code).toBe(2);
    expect(errors).toContain('this model scores 2 to');
  });
});
