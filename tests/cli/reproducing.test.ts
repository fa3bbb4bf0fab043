/** Tables and sweeps as people make them: their own processes, nothing built. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waltz, type Outcome } from './waltz';

const work = mkdtempSync(join(tmpdir(), 'waltz-reproduce-'));
afterAll(() => rmSync(work, { recursive: true }));

/** One thread, so that processes which share the cores compute the same bits as one. */
const onCpu = ['--backend', 'cpu', '--threads', '1'];

const table = (out: string, table: string, computing = onCpu) => [
  'reproduce',
  table,
  '--preset',
  'tiny',
  '--seeds',
  '1',
  '--prompts',
  '8',
  '--out',
  join(work, out),
  '--json',
  ...computing,
];

/** Whether a result was measured in this way. */
const holds = (path: string, serving: string) =>
  serving in (JSON.parse(readFileSync(path, 'utf8')) as { measured: object }).measured;

describe('waltz reproduce', () => {
  let whole: Outcome;
  beforeAll(async () => {
    whole = await waltz(table('whole', 'table1'));
  });

  it('writes one line a row, in the order of the table', () => {
    expect(whole.code).toBe(0);
    expect(whole.lines.map(({ label }) => label)).toEqual([
      'base agent',
      'base agent + safeguard',
      'single-model RL',
      'single-model RL + safeguard',
      'collaboration of the untrained agents',
      'oracle labels as template feedback',
      'WaltzRL',
    ]);
    for (const line of whole.lines) {
      expect(line).toMatchObject({ table: 'table1', preset: 'tiny', prompts: 8, seeds: [1] });
      expect(line['rates']).toMatchObject({ masked: { n: 1 }, everyday: { n: 1 } });
    }
  });

  it('makes nothing twice, and shares runs between tables', async () => {
    const again = await waltz(table('whole', 'table1,table3'));
    expect(again.lines.slice(0, 7)).toEqual(whole.lines);
    expect(again.errors).not.toContain('step');
    expect(again.errors).not.toContain('measured');
  });

  it('shared by processes is the same', async () => {
    const shared = await waltz([...table('shared', 'table1'), '--workers', '2']);
    expect(shared.lines).toEqual(whole.lines);
    // Each piece once, whoever took it.
    const taken = shared.errors.match(/\d of 3: /g)!;
    expect(taken.toSorted()).toEqual(['1 of 3: ', '2 of 3: ', '3 of 3: ']);
  });

  it('stopped and called again, it is what it would have been', async () => {
    const stopped = await waltz(table('stopped', 'table1'), { interruptAt: '2 of 3' });
    expect(stopped.code).toBe(0);
    expect(stopped.lines.length).toBeLessThan(7);
    expect(stopped.errors).toContain('goes on');
    expect((await waltz(table('stopped', 'table1'))).lines).toEqual(whole.lines);
  });

  it('stopped while processes share it, it tells them to save', async () => {
    const command = [...table('stopped together', 'table1'), '--workers', '2'];
    const stopped = await waltz(command, { interruptAt: '2 of 3' });
    expect(stopped.code).toBe(0);
    expect(stopped.lines.length).toBeLessThan(7);
    expect(stopped.errors).toContain('goes on');
    expect((await waltz(command)).lines).toEqual(whole.lines);
  });

  it('fails where a process that shares it failed', async () => {
    const { code, lines, errors } = await waltz([...table('broken', 'table1', ['--adapter', 'gpu']), '--workers', '2']);
    expect(code).toBe(1);
    expect(lines).toEqual([]);
    expect(errors).toContain('Not everything was done');
  });

  it('shows no result of other agents, though it stands in the folder', async () => {
    const folder = join(work, 'foreign');
    cpSync(join(work, 'whole'), folder, { recursive: true });
    const file = readdirSync(folder).find((name) => name.endsWith('-1.json') && holds(join(folder, name), 'advised'))!;
    const result = JSON.parse(readFileSync(join(folder, file), 'utf8')) as object;
    writeFileSync(join(folder, file), JSON.stringify({ ...result, base: 'of others' }));
    const { lines } = await waltz(table('foreign', 'table1'), { interruptAt: '1 of 3' });
    expect(lines).toEqual(whole.lines.slice(0, 6));
  });

  it('takes no pieces from nobody', async () => {
    const { code, errors } = await waltz([...table('alone', 'table1'), '--shared']);
    expect(code).toBe(2);
    expect(errors).toContain('--shared');
  });

  it('names the tables that there are', async () => {
    const { code, errors } = await waltz(table('none', 'table2'));
    expect(code).toBe(2);
    expect(errors).toContain('table1, table3');
  });
});

describe('waltz sweep', () => {
  const plan = join(work, 'sweep.json');
  const write = (content: object) => writeFileSync(plan, JSON.stringify(content));

  it('measures every combination, shared by processes, and keeps the results in one file', async () => {
    write({ preset: 'tiny', prompts: 8, set: { 'reward.alpha': [0.3, 0.65] } });
    const { code, lines } = await waltz(['sweep', plan, '--out', join(work, 'sweep'), '--workers', '2', ...onCpu]);
    expect(code).toBe(0);
    expect(lines).toHaveLength(2);
    const kept = readFileSync(join(work, 'sweep/sweep.jsonl'), 'utf8').trim().split('\n');
    const alphas = kept.map((line) => (JSON.parse(line) as { config: { reward: { alpha: number } } }).config.reward);
    expect(alphas.map(({ alpha }) => alpha)).toEqual([0.3, 0.65]);
  });

  it('makes what is asked for twice once', async () => {
    write({ preset: 'tiny', prompts: 9, seeds: [1, 1], set: { 'reward.alpha': [0.3, 0.65] } });
    const { code, lines, errors } = await waltz(['sweep', plan, '--out', join(work, 'sweep'), ...onCpu]);
    expect([code, lines.length]).toEqual([0, 2]);
    expect(errors).toContain('2 of 2 results');
  });

  it.each([
    [{ preset: 'tiny', set: { 'reward.alpha': [9] } }, 'reward.alpha'],
    [{ preset: 'tiny', set: { 'reward.alpha': [] } }, 'reward.alpha'],
    [{ preset: 'huge', set: {} }, 'preset'],
    [{ preset: 'tiny', set: {}, seed: 3 }, 'seed'],
    [{ preset: 'tiny', set: { seed: [1, 2] } }, 'seeds'],
  ])('refuses %j and says why', async (content, why) => {
    write(content);
    const { code, lines, errors } = await waltz(['sweep', plan, '--out', join(work, 'refused')]);
    expect(code).toBeGreaterThan(0);
    expect(lines).toEqual([]);
    expect(errors).toContain(why);
  });
});
