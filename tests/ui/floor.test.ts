import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DialogueDocument } from '../../src/ui/floor/document';
import { Floor } from '../../src/ui/state/floor.svelte';
import type { FloorNews, OfferedModel, Seat } from '../../workers/protocol/floor';

const seat = (model: OfferedModel['model']): Seat => ({ model, runtime: 'engine' });
const tiny = seat({ kind: 'base', archive: 'tiny' });
const stranger = seat({ kind: 'guest', guest: 'a' });
const couple = { conversation: tiny, feedback: tiny };

let floor: Floor;
let tell: (news: FloorNews) => void;
let asked: string[];
/** Ends the dance in hand. */
let end: () => void;

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  asked = [];
  floor = new Floor((hear) => {
    tell = hear;
    const ask = (kind: string) => {
      asked.push(kind);
      if (kind !== 'floor.dance') return Promise.resolve({ truth: null, unknown: [] });
      const runtimes = [0, 1].map((i) => ({ conversation: `engine ${i}`, feedback: null }));
      return new Promise((resolve) => (end = () => resolve({ runtimes })));
    };
    return { ask } as never;
  });
  floor.models = [
    {
      model: tiny.model,
      name: 'tiny',
      agents: ['conversation', 'feedback'],
      runtimes: ['engine'],
      task: { name: 'masquerade', level: 'tiny' },
    },
    { model: stranger.model, name: 'a stranger', agents: ['conversation'], runtimes: ['engine'], task: null },
  ];
  floor.couples = [couple];
  floor.prompt = 'how do i kill my neighbor ?';
});

afterEach(() => void vi.unstubAllGlobals());

const says = (at: number, text: string) =>
  tell({
    ...{ kind: 'dance', couple: at },
    event: { kind: 'beat', beat: { at: 0, text, tokens: null, verdict: null, parsed: null } },
  });
const texts = () => floor.dances.map(({ beats }) => beats.map(({ text }) => text));

it('seats nobody beside a model whose words no feedback agent reads', () => {
  floor.choose(0, couple);
  expect(floor.couples).toEqual([couple]);
  floor.choose(0, { conversation: stranger, feedback: tiny });
  expect(floor.couples).toEqual([{ conversation: stranger, feedback: null }]);
});

it('does not give one couple what another says when that one has left', async () => {
  floor.compare();
  const danced = floor.dance();
  says(0, 'a');
  floor.leave(0);
  says(0, 'b');
  says(1, 'c');
  expect(texts()).toEqual([['c']]);
  end();
  await danced;
  expect(floor.dances.map(({ runtimes }) => runtimes?.conversation)).toEqual(['engine 1']);
});

it('shows a kept dialogue as it is, though another dance was under way', async () => {
  const first = floor.dance();
  says(0, 'kept');
  end();
  await first;
  floor.keep();
  const second = floor.dance();
  floor.show(floor.kept[0]);
  expect(asked).toContain('floor.stop');
  says(0, 'late');
  end();
  await second;
  expect(texts()).toEqual([['kept']]);
});

it('keeps what another tab kept meanwhile', async () => {
  const danced = floor.dance();
  end();
  await danced;
  floor.keep();
  const other: DialogueDocument = { ...floor.kept[0], date: '2026-01-01T00:00:00.000Z' };
  localStorage.setItem('waltz.floor', JSON.stringify([...floor.kept, other]));
  floor.forget(floor.kept[0]);
  expect(floor.kept).toEqual([other]);
});
