import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { presets } from '../../src/lab/config';
import { Session } from '../../src/ui/state/session.svelte';
import type { CommandBody, Event } from '../../workers/protocol/trainer';
import { evaluationAt, measuredAt } from './small-run';

let sent: CommandBody[];
let tell: (event: Event) => void;
/** How the worker answers a command: it takes it, or rejects. */
let take: (command: CommandBody) => Promise<void>;
let session: Session;

const order = { tables: ['table1' as const], preset: 'tiny' as const, seeds: 1, prompts: 4 };
const kinds = () => sent.map(({ kind }) => kind);
const refuse = (message: string) => Promise.reject(new Error(message));
const status = (now: 'running' | 'paused') =>
  tell({ kind: 'run.status', status: now } as Extract<Event, { kind: 'run.status' }>);
const fail = (message: string) => tell({ kind: 'error', id: null, of: null, error: { name: 'Error', message } });

function ready(): void {
  const adapter = { description: 'none', vendor: '', architecture: '', software: true, features: [] };
  tell({ kind: 'device.ready', adapter, selfCheck: { passed: true, worst: 0 }, saved: [], aside: [] });
}

beforeEach(async () => {
  // A page that nobody looks at is drawn by a timer.
  vi.stubGlobal('document', { hidden: true });
  sent = [];
  take = () => Promise.resolve();
  const connect = () => ({
    send: (command: CommandBody) => {
      sent.push(command);
      return take(command);
    },
    subscribe: (listener: (event: Event) => void) => {
      tell = listener;
      return () => undefined;
    },
  });
  session = new Session(connect, () => undefined);
  await session.openDevice();
  ready();
});

afterEach(() => void vi.unstubAllGlobals());

describe('a run that is asked to go on', () => {
  it('goes on once it is open', async () => {
    await session.restore('a', true);
    status('paused');
    expect(kinds().slice(1)).toEqual(['run.restore', 'run.resume']);
    status('paused');
    expect(kinds()).toHaveLength(3);
  });

  it('and cannot be opened leaves the next one as it is paused', async () => {
    take = ({ kind }) => (kind === 'run.restore' ? refuse('Another tab has it.') : Promise.resolve());
    await session.restore('a', true);
    await session.start({ ...presets.tiny }, {});
    status('running');
    status('paused');
    expect(kinds().at(-1)).toBe('run.start');
  });
});

it('shows what is measured of the run in hand: its evaluation and its curve', async () => {
  const evaluation = evaluationAt(4);
  tell({ kind: 'run.measured', measured: measuredAt(evaluation) });
  await vi.waitFor(() => expect(session.live.evaluations).toEqual([evaluation]), { timeout: 2000 });
  expect(session.live.curves.get(4)).toEqual([[0.1, 0.2]]);
});

describe('a run that is to make room for the beginning', () => {
  it('stays on show where the GPU goes away first', async () => {
    const run = { run: 'a', name: 'a', config: presets.tiny, origins: {}, step: 0, exact: true };
    tell({ kind: 'run.opened', ...run, metrics: [], evaluations: [], measured: [] });
    status('running');
    await vi.waitFor(() => expect(session.live.status).toBe('running'), { timeout: 2000 });
    take = () => new Promise(() => undefined);
    void session.reset();
    tell({ kind: 'device.lost', reason: '', step: 0 });
    tell({ kind: 'run.status', status: 'idle', step: 0 });
    await vi.waitFor(() => expect(session.live.status).toBe('idle'), { timeout: 2000 });
    expect(session.live.run).toBe('a');
  });
});

describe('what went wrong', () => {
  it('stays on show while the page only looks, and goes with what the visitor does next', async () => {
    fail('No room left.');
    await session.reproduction.look(order);
    expect(session.problem?.message).toBe('No room left.');
    await session.library.pin('a', true);
    expect(session.problem).toBeNull();
  });

  it('while a command was on its way stays on show', async () => {
    take = () => {
      fail('Training stopped.');
      return Promise.resolve();
    };
    await session.library.pin('a', true);
    expect(session.problem?.message).toBe('Training stopped.');
  });

  it('is called by what was asked for, however late it fails', async () => {
    const { live } = session;
    await session.start({ ...presets.tiny }, {});
    status('running');
    await vi.waitFor(() => expect(live.status).toBe('running'), { timeout: 2000 });
    await session.exporter.run();
    expect(session.exporter.writing).toBe(true);
    tell({ kind: 'error', id: null, of: 'run.export', error: { name: 'Error', message: 'Too large.' } });
    expect(session.problem).toMatchObject({ title: 'The export failed', message: 'Too large.' });
    expect(session.exporter.writing).toBe(false);
    fail('NaN.');
    expect(session.problem?.title).toBe('Training stopped');
  });

  it('with a queue that the worker went on with unasked is called by that', () => {
    tell({ kind: 'error', id: null, of: 'reproduce.resume', error: { name: 'Error', message: 'No connection.' } });
    expect(session.problem).toMatchObject({ title: 'The queue did not go on', message: 'No connection.' });
  });

  it('without a GPU is told with the way back to it', async () => {
    tell({ kind: 'device.lost', reason: '', step: null });
    expect(session.problem?.remedy?.label).toBe('Open the GPU again');
    take = () => refuse('The GPU is not open.');
    await session.restore('a', true);
    expect(session.problem).toMatchObject({ message: 'The GPU is not open.' });
    session.problem!.remedy!.act();
    expect(kinds().at(-1)).toBe('device.open');
    // Nothing but the GPU takes it away.
    take = () => Promise.resolve();
    await session.library.pin('a', true);
    expect(session.problem?.remedy?.label).toBe('Open the GPU again');
    ready();
    expect(session.problem).toBeNull();
  });
});
