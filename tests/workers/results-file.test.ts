import { describe, expect, it } from 'vitest';
import { resultLines } from '../../src/lab/reproduction/result-lines';
import type { Result } from '../../src/lab/reproduction/result';
import { becomes, done, figures, order, reproduced, state, straight, SUBJECTS } from './queue';
import { openTab, type Tab } from './stage';

describe('results as a file', () => {
  const exported = async (tab: Tab) => (await tab.ask('reproduce.export', {})).text;

  it('go out and come in elsewhere, where nothing is made again', async () => {
    const text = await exported(await reproduced(await openTab()));
    expect(text.trim().split('\n')).toHaveLength(SUBJECTS);
    const other = await openTab();
    await other.send({ kind: 'reproduce.open', order });
    expect(done(state(other))).toBe(0);
    await other.send({ kind: 'reproduce.import', text });
    expect(done(state(other))).toBe(SUBJECTS);
    expect(figures(other)).toEqual(await straight);
    const { results } = other.of('reproduce.kept').at(-1)!;
    expect(results.map(({ name }) => name)).toContain('base agents, tiny');
    expect(await exported(other)).toBe(text);
  });

  it('replace none that is better', async () => {
    const tab = await reproduced(await openTab());
    const text = await exported(tab);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Result);
    const worse = lines.map((line, i) =>
      i === 0 ? { ...line, measured: { alone: line.measured.alone! } } : { ...line, base: 'others' },
    );
    await tab.send({ kind: 'reproduce.import', text: resultLines(worse) });
    expect(await exported(tab)).toBe(text);
    expect(done(state(tab))).toBe(SUBJECTS);
    // And give way to those that are.
    const other = await openTab();
    await other.send({ kind: 'reproduce.import', text: resultLines(worse) });
    await other.send({ kind: 'reproduce.import', text });
    expect(await exported(other)).toBe(text);
  });

  it('are forgotten, and brought back by what is told of them', async () => {
    const tab = await reproduced(await openTab());
    const text = await exported(tab);
    const [first, second] = tab.of('reproduce.kept').at(-1)!.results;
    const forgotten = await tab.ask('reproduce.forget', { results: [first.id, second.id, 'no such'] });
    expect(done(state(tab))).toBe(SUBJECTS - 2);
    expect(tab.of('reproduce.kept').at(-1)!.results).toHaveLength(SUBJECTS - 2);
    await tab.send({ kind: 'reproduce.import', text: forgotten });
    expect(done(state(tab))).toBe(SUBJECTS);
    const sorted = (lines: string) => lines.trim().split('\n').toSorted();
    expect(sorted(await exported(tab))).toEqual(sorted(text));
  });

  it('that come in while the queue is at work are its results too', async () => {
    const text = await exported(await reproduced(await openTab()));
    const last = `${text.trim().split('\n').at(-1)!}\n`;
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, (one) => done(one) === 1);
    await tab.send({ kind: 'reproduce.import', text: last });
    const from = tab.events.length;
    await becomes(tab, ({ subjects }) => subjects[2].phase === 'training' && subjects[2].step === 3, from);
    await becomes(tab, (one) => one.status === 'none' && done(one) === SUBJECTS, from);
    expect(figures(tab)).toEqual(await straight);
    // What came in was not trained.
    expect((await tab.store.list()).runs).toHaveLength(SUBJECTS - 2);
  });

  it('are refused as a whole where a line is bad', async () => {
    const text = await exported(await reproduced(await openTab()));
    const other = await openTab();
    await other.send({ kind: 'reproduce.open', order });
    const bad = `${text}{"format":1}\n`;
    expect(await other.send({ kind: 'reproduce.import', text: bad })).toMatchObject({
      error: { name: 'ResultLinesError' },
    });
    expect((await other.reproductions.all()).size).toBe(0);
  });
});
