import { expect, it } from 'vitest';
import { Floor } from '../../src/ui/state/floor.svelte';
import type { OfferedModel, Seat } from '../../workers/floor/protocol';

it('seats nobody beside a model whose words no feedback agent reads', () => {
  const floor = new Floor(() => ({ ask: () => new Promise(() => undefined) }));
  const seat = (model: OfferedModel['model']): Seat => ({ model, runtime: 'engine' });
  const tiny = seat({ kind: 'base', level: 'tiny' });
  const stranger = seat({ kind: 'guest', guest: 'a' });
  floor.models = [
    { model: tiny.model, name: 'tiny', agents: ['conversation', 'feedback'], runtimes: ['engine'], level: 'tiny' },
    { model: stranger.model, name: 'a stranger', agents: ['conversation'], runtimes: ['engine'], level: null },
  ];
  floor.couples = [{ conversation: tiny, feedback: tiny }];
  floor.choose(0, { conversation: tiny, feedback: tiny });
  expect(floor.couples).toEqual([{ conversation: tiny, feedback: tiny }]);
  floor.choose(0, { conversation: stranger, feedback: tiny });
  expect(floor.couples).toEqual([{ conversation: stranger, feedback: null }]);
});
