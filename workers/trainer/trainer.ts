/** The worker that trains: opens what computes, the store and the base agents, and lets a conductor do what the page asks. */
import { GuestStore } from '../../src/checkpoint/guests';
import { RunStore } from '../../src/checkpoint/store';
import { environmentOf } from '../../src/lab/models/environment';
import { runFormat } from '../../src/lab/run/run-format';
import { estimatesWithin } from '../../src/lm/backend/fit';
import { openBackend } from '../backend';
import { openOnnxAgents } from '../onnx/agents';
import { answer, wireError } from './answer';
import { fetchBaseAgents, fetchBeginning } from './base-agents';
import { Conductor } from './conductor';
import type { Command, Event } from '../protocol/trainer';
import { ReproductionStore } from './reproduction/store';
import { lockRun } from './run-lock';

function emit(event: Event, transfer: Transferable[] = []): void {
  self.postMessage(event, { transfer });
}

const conductor = new Conductor({
  emit,
  openBackend,
  estimates: estimatesWithin(Infinity),
  openOnnx: openOnnxAgents,
  environmentOf,
  baseAgents: fetchBaseAgents,
  beginning: fetchBeginning,
  store: new RunStore(runFormat),
  guests: new GuestStore(),
  reproductions: new ReproductionStore(),
  lock: lockRun,
});

self.addEventListener('message', ({ data }: MessageEvent<Command>) => {
  void answer(data, conductor.execute(data), emit);
});

// Whatever nobody caught still reaches the page, instead of a worker that says nothing more.
self.addEventListener('unhandledrejection', (event) => {
  emit({ kind: 'error', id: null, of: null, error: wireError(event.reason) });
});
