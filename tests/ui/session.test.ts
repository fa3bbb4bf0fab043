import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { presets } from '../../src/lab/config';
import type { Trainer } from '../../src/ui/state/commands.svelte';
import { Session } from '../../src/ui/state/session.svelte';
import type { RunNews } from '../../workers/protocol/run';
import type { SavedRun } from '../../workers/protocol/runs';
import type { TrainerCalls, TrainerNews } from '../../workers/protocol/trainer';
import { evaluationAt, measuredAt } from './small-run';

/** A question, as it was asked. */
interface Asked {
  kind: keyof TrainerCalls;
  asked: object;
  /** To be called where the worker takes it before it is done. */
  taken: () => void;
}

let sent: Asked[];
let tell: (news: TrainerNews) => void;
/** How the worker answers: what is left out is answered by null. */
let answers: Partial<Record<keyof TrainerCalls, (question: Asked) => Promise<unknown>>>;
let session: Session;

const order = { tables: ['table1' as const], preset: 'tiny' as const, seeds: 1, prompts: 4 };
const adapter = { description: 'none', vendor: '', architecture: '', software: true, features: [] };
const opened = { adapter, selfCheck: { passed: true, worst: 0 } };
const kinds = () => sent.map(({ kind }) => kind);
const refuse = (message: string) => () => Promise.reject(new Error(message));
/** That answers when it is told to. */
function later() {
  let finish!: { resolve: (value: unknown) => void; reject: (error: Error) => void };
  const answer = new Promise((resolve, reject) => (finish = { resolve, reject }));
  return { answer: () => answer, ...finish };
}
const status = (now: 'running' | 'paused') =>
  tell({ kind: 'run.status', status: now } as Extract<RunNews, { kind: 'run.status' }>);
const fail = (message: string) => tell({ kind: 'failed', error: { name: 'Error', message } });

const ask: Trainer['ask'] = async (kind, asked, taken) => {
  const question = { kind, asked, taken: () => taken?.() };
  sent.push(question);
  return (await (answers[kind]?.(question) ?? null)) as never;
};

beforeEach(async () => {
  // A page that nobody looks at is drawn by a timer.
  vi.stubGlobal('document', { hidden: true });
  sent = [];
  answers = { 'device.open': () => Promise.resolve(opened) };
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  session = newSession();
  await session.openDevice();
});

function newSession(): Session {
  const connect = (hear: typeof tell) => {
    tell = hear;
    return { ask };
  };
  return new Session(connect, () => undefined);
}

afterEach(() => void vi.unstubAllGlobals());

describe('a run that is to be opened', () => {
  it('goes on at once where that is asked', async () => {
    await session.controls.restore('a', true);
    expect(sent.slice(1)).toMatchObject([{ kind: 'run.restore', asked: { run: 'a', goOn: true } }]);
  });

  it('is taken before it is there, and its failure is told however late', async () => {
    const opening = later();
    answers['run.restore'] = ({ taken }) => {
      taken();
      return opening.answer();
    };
    expect(await session.controls.restore('a', false)).toBe(true);
    expect([session.pending, session.problem]).toEqual(['restore', null]);
    opening.reject(new Error('Damaged.'));
    await vi.waitFor(() => expect(session.problem?.title).toBe('The run could not be opened'));
    expect(session.pending).toBeNull();
  });

  it('and cannot be leaves the page where it was', async () => {
    answers['run.restore'] = refuse('Another tab has it.');
    expect(await session.controls.restore('a', true)).toBe(false);
    await session.controls.start({ ...presets.tiny }, {});
    status('running');
    status('paused');
    expect(kinds().slice(1)).toEqual(['run.restore', 'run.start']);
  });
});

it('shows what is measured of the current run: its evaluation and its curve', async () => {
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
    const stopping = later();
    answers['run.stop'] = stopping.answer;
    const reset = session.controls.reset();
    tell({ kind: 'device.lost', reason: '', step: 0 });
    tell({ kind: 'run.status', status: 'idle', step: 0 });
    stopping.resolve(null);
    await reset;
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
    answers['runs.pin'] = () => {
      fail('Training stopped.');
      return Promise.resolve(null);
    };
    await session.library.pin('a', true);
    expect(session.problem?.message).toBe('Training stopped.');
  });

  it('is called by what was asked for, however late it fails', async () => {
    const { live } = session;
    await session.controls.start({ ...presets.tiny }, {});
    status('running');
    await vi.waitFor(() => expect(live.status).toBe('running'), { timeout: 2000 });
    const exporting = later();
    answers['run.export'] = exporting.answer;
    const run = session.exporter.run();
    expect(session.exporter.writing).toBe(true);
    exporting.reject(new Error('Too large.'));
    await run;
    expect(session.problem).toMatchObject({ title: 'The export failed', message: 'Too large.' });
    expect(session.exporter.writing).toBe(false);
    fail('NaN.');
    expect(session.problem?.title).toBe('Training stopped');
  });

  it('with a queue that the worker went on with unasked is called by that', () => {
    tell({ kind: 'reproduce.failed', while: 'resuming', error: { name: 'Error', message: 'No connection.' } });
    expect(session.problem).toMatchObject({ title: 'The queue did not go on', message: 'No connection.' });
  });

  it('without a GPU is told with the way back to it', async () => {
    tell({ kind: 'device.lost', reason: '', step: null });
    expect(session.problem?.remedy?.label).toBe('Open the GPU again');
    answers['run.restore'] = refuse('The GPU is not open.');
    await session.controls.restore('a', true);
    expect(session.problem).toMatchObject({ message: 'The GPU is not open.' });
    answers['device.open'] = refuse('The GPU is not open.');
    session.problem!.remedy!.act();
    expect(kinds().at(-1)).toBe('device.open');
    await vi.waitFor(() => expect(session.problem?.title).toBe('The models have nothing to run on'));
    // Nothing but the GPU takes it away.
    await session.library.pin('a', true);
    expect(session.problem?.remedy?.label).toBe('Open the GPU again');
    answers['device.open'] = () => Promise.resolve(opened);
    session.problem!.remedy!.act();
    await vi.waitFor(() => expect(session.problem).toBeNull());
  });
});

describe('saved runs', () => {
  const saved = (run: string, more: Partial<SavedRun> = {}): SavedRun => ({
    ...{ run, name: run, config: presets.tiny, step: 2, savedAt: 0, finished: false, pinned: false, elsewhere: false },
    ...{ adapter: 'none', build: '0', latest: null, checkpoints: [2], ...more },
  });
  const tellSaved = (...runs: SavedRun[]) => tell({ kind: 'runs.saved', saved: runs, aside: [] });

  it('are offered to go on with: the latest, where no other tab has it', () => {
    tellSaved(saved('a', { savedAt: 1 }), saved('b', { savedAt: 2 }), saved('c', { savedAt: 3, elsewhere: true }));
    expect([session.resumable?.run, session.neighbour?.run]).toEqual(['b', 'c']);
    tellSaved(saved('a', { step: 0 }), saved('b', { finished: true }));
    expect([session.resumable, session.neighbour]).toEqual([null, null]);
  });

  it('that were open in this tab come first after a reload', async () => {
    tell({ kind: 'run.opened', run: 'a', config: presets.tiny } as Extract<RunNews, { kind: 'run.opened' }>);
    session = newSession();
    await session.openDevice();
    tellSaved(saved('a', { savedAt: 1 }), saved('b', { savedAt: 2 }));
    expect(session.resumable?.run).toBe('a');
    tellSaved(saved('a', { savedAt: 1, elsewhere: true }), saved('b', { savedAt: 2 }));
    expect(session.resumable?.run).toBe('b');
  });

  const neverWritten = { 'run.export': () => new Promise(() => undefined) };

  it('that were deleted from outside are missed, and the one on the page offers itself as a file', () => {
    answers = { ...neverWritten, 'guests.list': () => Promise.resolve({ guests: [], aside: [] }) };
    tell({ kind: 'run.kept-anew', step: 7 });
    expect(session.problem).toMatchObject({ title: /deleted/, kept: /step 7/ });
    session.problem!.remedy!.act();
    expect(kinds()).toContain('run.export');
  });

  it('are missing one that could not be saved, which offers itself as a file', () => {
    answers = neverWritten;
    tell({ kind: 'run.failed', error: { name: 'StoreFullError', message: 'No room.' } });
    session.problem!.remedy!.act();
    expect(kinds().at(-1)).toBe('run.export');
    tell({ kind: 'run.failed', error: { name: 'AgentStateError', message: 'NaN.' } });
    expect(session.problem!.remedy).toBeUndefined();
  });

  it('are saved as they stand when the page is hidden, where one is open', async () => {
    void session.leave();
    expect(kinds()).not.toContain('run.keep');
    status('running');
    await vi.waitFor(() => expect(session.live.status).toBe('running'));
    void session.leave();
    expect(kinds().at(-1)).toBe('run.keep');
  });
});

describe('a GPU that went away', () => {
  const lose = () => tell({ kind: 'device.lost', reason: 'crashed', step: null });
  const none = { 'device.open': refuse('Turn on hardware acceleration.') };

  it('once and cannot be opened is told as the worker tells it', async () => {
    lose();
    answers = none;
    await session.openDevice();
    expect(session.problem?.message).toBe('Turn on hardware acceleration.');
  });

  it('is opened once, however often its way back is pressed', () => {
    lose();
    answers = { 'device.open': () => new Promise(() => undefined) };
    const { act } = session.problem!.remedy!;
    const before = kinds().length;
    act();
    act();
    expect(kinds().slice(before)).toEqual(['device.open']);
  });

  it('twice, before a reload too, asks for a new start of the browser', async () => {
    lose();
    session = newSession();
    await session.openDevice();
    lose();
    answers = none;
    await session.openDevice();
    expect(session.problem?.message).toMatch(/Quit the browser.*start it again/);
  });
});

describe('a page that comes back', () => {
  const reload = vi.fn();
  beforeEach(() => {
    reload.mockClear();
    vi.stubGlobal('location', { reload });
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it('asks again for all that may have changed', async () => {
    answers['runs.list'] = () => Promise.resolve({ saved: [], aside: [{ run: 'a' }] });
    answers['guests.list'] = () => Promise.resolve({ guests: [], aside: [{ id: 'b' }] });
    await session.comeBack();
    expect([session.library.aside.length, session.guests.aside.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reload).not.toHaveBeenCalled();
  });

  it('without its worker is opened anew', async () => {
    answers['runs.list'] = () => new Promise(() => undefined);
    const back = session.comeBack();
    await vi.advanceTimersByTimeAsync(60_000);
    await back;
    expect(reload).toHaveBeenCalledOnce();
  });
});
