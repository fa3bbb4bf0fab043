/** The worker that trains: opens the GPU, the store and the base agents, and lets a conductor do what the page asks. */
import { RunStore } from '../src/checkpoint/store';
import { runFormat } from '../src/lab/run-format';
import { createTokenizer, type Tokenizer } from '../src/tokenizer';
import { createMasquerade, type Level, type World } from '../src/world';
import { answer, wireError } from './answer';
import { fetchBaseAgents } from './base-agents';
import { Conductor } from './conductor';
import { openEngine } from './engine';
import type { Command, Event } from './protocol';
import { lockRun } from './run-lock';

const houses = new Map<Level, { world: World; tokenizer: Tokenizer }>();

function house(level: Level): { world: World; tokenizer: Tokenizer } {
  const known = houses.get(level);
  if (known) return known;
  const world = createMasquerade(level);
  const made = { world, tokenizer: createTokenizer(world.vocabulary) };
  houses.set(level, made);
  return made;
}

function emit(event: Event, transfer: Transferable[] = []): void {
  self.postMessage(event, { transfer });
}

const conductor = new Conductor({
  emit,
  openEngine,
  house,
  baseAgents: fetchBaseAgents,
  store: new RunStore(runFormat),
  lock: lockRun,
});

self.addEventListener('message', ({ data }: MessageEvent<Command>) => {
  void answer(data.id, conductor.execute(data), emit);
});

// Whatever nobody caught still reaches the page, instead of a worker that says nothing more.
self.addEventListener('unhandledrejection', (event) => {
  emit({ kind: 'error', id: null, error: wireError(event.reason) });
});
