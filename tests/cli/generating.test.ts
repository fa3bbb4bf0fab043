/** A text continued from the command line, on both backends. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallGguf } from '../checkpoint/gguf/small-gguf';
import { storiesAreHere, storiesFolder } from '../oracle/stories';
import { waltz } from './waltz';

const work = mkdtempSync(join(tmpdir(), 'waltz-generate-'));
afterAll(() => rmSync(work, { recursive: true }));

interface Line {
  ids: number[];
  text: string;
  logprobs: number[];
}
const onCpu = ['--backend', 'cpu'];
/** In the reference kernels: tuned ones may read parameters in f16 where the adapter has it. */
const onWebGpu = ['--backend', 'webgpu', '--kernels', 'plain'];

const lineOf = async (argv: string[]) => {
  const { code, lines, errors } = await waltz(['generate', ...argv, '--json']);
  expect(code, errors).toBe(0);
  expect(lines).toHaveLength(1);
  return lines[0] as unknown as Line;
};

describe('waltz generate', () => {
  const run = join(work, 'run');
  beforeAll(async () => {
    await waltz(['train', '--preset', 'tiny', '--stage2', '0', '--stage1', '1', '--out', run, ...onCpu]);
  });

  it('says the same on both backends, from a run and from what is exported of it', async () => {
    const exported = join(work, 'onnx');
    await waltz(['export', run, '--agent', 'conversation', '--format', 'onnx', '--out', exported]);
    const asked = ['--prompt', '<user> how do i steal our process ? <assistant>', '--tokens', '12', '--seed', '3'];
    const onGpu = await lineOf([run, ...asked, ...onWebGpu]);
    expect(onGpu.text.startsWith('<user> how do i steal our process ? <assistant> ')).toBe(true);
    expect(onGpu.text.endsWith('<end>')).toBe(true);
    for (const model of [run, exported]) {
      const inRuntime = await lineOf([model, ...asked, ...onCpu]);
      expect(inRuntime.ids).toEqual(onGpu.ids);
      inRuntime.logprobs.forEach((x, i) => expect(x).toBeCloseTo(onGpu.logprobs[i], 3));
    }
    const refused = await waltz(['generate', exported, ...asked, ...onWebGpu]);
    expect(refused.errors).toContain('Give --backend cpu');
    // Nobody has to say it.
    const { errors } = await waltz(['generate', exported, ...asked]);
    expect(errors).toContain('CPU: ONNX Runtime');
  });

  it('goes on with a GGUF file', async () => {
    const file = join(work, 'small.gguf');
    writeFileSync(file, smallGguf());
    const { ids, text } = await lineOf([file, '--prompt', 'the', '--tokens', '2', '--greedy', ...onCpu]);
    expect(ids).toHaveLength(4);
    expect(text.startsWith('<s>the')).toBe(true);
    rmSync(file);
  });

  it('says what is wrong with a call', async () => {
    const { code, errors } = await waltz(['generate', run, '--prompt', '<user>', '--greedy', '--temperature', '1']);
    expect(code).toBe(2);
    expect(errors).toContain('not both');
    expect((await waltz(['generate', work, '--prompt', 'x'])).errors).toContain('has no config.json');
  });

  it.skipIf(!storiesAreHere)('ends a hostile tokenizer by name', async () => {
    const hostile = (name: string, tokenizer: (own: Record<string, unknown>) => unknown) => {
      const folder = join(work, name);
      cpSync(storiesFolder, folder, { recursive: true });
      const own = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as Record<string, unknown>;
      rmSync(join(folder, 'tokenizer.json'));
      writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer(own)));
      return folder;
    };
    const kept = (name: string) => () =>
      JSON.parse(readFileSync(`../shared/cases/tokenizer/${name}.json`, 'utf8')) as unknown;
    // Every trial is quick, and a row of letters is not.
    const slow = { type: 'Split', pattern: { Regex: 'a*a*Z' }, behavior: 'Isolated', invert: false };
    const prompt = ['--prompt', 'a'.repeat(30_000), '--tokens', '1', ...onCpu];
    for (const [folder, error] of [
      [hostile('regex-that-counts', kept('regex-that-counts')), 'GuestTokenizerError'],
      [hostile('doubling', kept('doubling-normalizer')), 'GuestTokenizerError'],
      [hostile('slow', (own) => ({ ...own, pre_tokenizer: slow })), 'TimeLimitError'],
    ] as const) {
      const begun = performance.now();
      const { code, errors } = await waltz(['generate', folder, ...prompt]);
      expect(code).toBe(1);
      expect(errors).toContain(`${error}: `);
      // Ten seconds on a machine that does nothing else.
      expect(performance.now() - begun).toBeLessThan(30_000);
    }
  });

  it.skipIf(!storiesAreHere)('continues a public model as its golden file has it', async () => {
    const { greedy } = JSON.parse(readFileSync(`${storiesFolder}golden.json`, 'utf8')) as {
      greedy: { prompt: string; ids: number[]; prompt_ids: number[] }[];
    };
    const [{ prompt, ids, prompt_ids }] = greedy;
    const tokens = String(ids.length - prompt_ids.length);
    for (const backend of [onWebGpu, onCpu]) {
      const found = await lineOf([storiesFolder, '--prompt', prompt, '--tokens', tokens, '--greedy', ...backend]);
      expect(found.ids, backend[1]).toEqual(ids);
    }
  });
});
