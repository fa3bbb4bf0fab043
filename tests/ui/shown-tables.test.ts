import { render } from 'svelte/server';
import { describe, expect, it } from 'vitest';
import { presets } from '../../src/lab/config';
import PlanePanel from '../../src/ui/plane/PlanePanel.svelte';
import ReproducePage from '../../src/ui/reproduce/ReproducePage.svelte';
import RowsPlane from '../../src/ui/reproduce/RowsPlane.svelte';
import WeakSpots from '../../src/ui/reproduce/WeakSpots.svelte';
import { Session } from '../../src/ui/state/session.svelte';
import type { ReproducedRow, ReproducedTable } from '../../src/lab/reproduction/report';
import { evaluationAt } from './small-run';
import { figureOf, rowOf, summaryOf } from './small-table';

/** The words of a piece of the page. */
const wordsOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
const tableOf = (...rows: ReproducedRow[]): ReproducedTable => ({ name: 'matched', title: 'A table', rows });

describe('an interval', () => {
  it('over three seeds is said to be their range and too narrow, beside the number of seeds', () => {
    const connect = () => ({ ask: () => Promise.reject(new Error('Nobody is asked.')) });
    const session = new Session(connect, () => undefined);
    const order = { tables: ['matched' as const], preset: 'tiny' as const, seeds: 3, prompts: 4 };
    session.reproduction.results = { order, build: '1', tables: [tableOf(rowOf())] };
    const words = wordsOf(render(ReproducePage, { props: { session } }).body);
    expect(words).toContain('Of two or three seeds that interval is their range, and too narrow.');
    expect(words).toContain('WaltzRL 3 seeds');
  });

  it('in the plane is an ellipse, which holds less than it is named for', () => {
    const { body } = render(RowsPlane, { props: { table: tableOf(rowOf()), drawing: null } });
    expect(wordsOf(body)).toContain('a further seed falls inside in 44% of cases');
  });
});

describe('where there is no Pareto curve', () => {
  it('a row says why: an oracle has no threshold, and of games of several rounds none is tried', () => {
    const points: [number, number][] = [[0.1, 0.1]];
    const rows = [
      rowOf({ label: 'oracle', serving: 'oracle' }),
      rowOf({ label: 'T_max 2' }),
      rowOf({ curves: [{ seed: 1, points }] }),
    ];
    const words = wordsOf(render(RowsPlane, { props: { table: tableOf(...rows), drawing: null } }).body);
    expect(words).toContain('oracle (no threshold to move)');
    expect(words).toContain('T_max 2 (no curve: other thresholds are tried on games of one round only)');
    expect(words).toContain('WaltzRL Lower left');
  });

  it('a run of several rounds says so, and promises none', () => {
    const shown = (max_rounds: number) => {
      const config = { ...presets.tiny, rollout: { ...presets.tiny.rollout, max_rounds } };
      const run = { config, evaluations: [evaluationAt(2)], curves: new Map() };
      return render(PlanePanel, { props: { ...run, evaluating: false, evaluate: () => undefined } }).body;
    };
    expect(shown(1)).toContain('the Pareto curve');
    expect(shown(2)).not.toContain('the Pareto curve');
    expect(wordsOf(shown(2))).toContain(
      'No Pareto curve: other thresholds are tried on games of one round only, and this run allows 2.',
    );
    expect(wordsOf(shown(1))).not.toContain('No Pareto curve');
  });
});

describe('where a row is weak', () => {
  const summary = {
    ...summaryOf(figureOf(0.02, 0.03, 0.04), figureOf(0.06, 0.04, 0.08)),
    chains: { 1: { n: 40, exact: 39 }, 4: { n: 8, exact: 2 } },
    effort: { steps: 600, tokens_generated: 1_164_000, tokens_trained: 1_029_000 },
  };
  const table = tableOf(
    rowOf({ summary }),
    rowOf({ label: 'base agent', serving: 'alone', yardstick: false }),
    rowOf({ label: 'single-model RL + safeguard', serving: 'guarded', yardstick: false, summary }),
  );
  const { body } = render(WeakSpots, { props: { table } });
  const words = wordsOf(body);

  it('its rates with greedy decoding stand beside the sampled ones', () => {
    expect(body).toMatch(/data-testid="weak-masked-audit"[^>]*>.*?5\.0/s);
    expect(body).toMatch(/data-testid="weak-masked-greedy"[^>]*>.*?4\.0/s);
    expect(words).toContain(
      'With greedy decoding ASR is 1.5% (sampled 3.0%), ORR 5.5% (sampled 6.0%), F1 90.0% (sampled 90.0%).',
    );
  });

  it('the chains that its feedback resolved stand by depth, with how many there were', () => {
    expect(words).toContain('depth 1 depth 4 chains resolved 97.5 of 40 25.0 of 8');
    const alone = tableOf(rowOf({ label: 'base agent', serving: 'alone' }));
    expect(wordsOf(render(WeakSpots, { props: { table: alone } }).body)).not.toContain('chains resolved');
  });

  it('what training took stands for each row that was trained, once', () => {
    const took = wordsOf(body.slice(body.indexOf('data-testid="effort-matched"')));
    expect(took).toContain('steps tokens generated tokens trained on WaltzRL 600 1 160 000 1 030 000');
    expect(took).not.toContain('base agent');
    expect(took).not.toContain('safeguard');
  });
});
