/** The floor's worker: agents dance here on a GPU device of their own, whatever is being trained meanwhile. */
import { GuestStore } from '../../src/checkpoint/guests';
import { RunStore } from '../../src/checkpoint/store';
import { runFormat } from '../../src/lab/run-format';
import { wireError } from '../answer';
import { fetchBaseAgents } from '../base-agents';
import { FloorHost } from './host';
import { openModel } from './open';
import type { FloorCall, FloorEvent } from './protocol';

function emit(event: FloorEvent): void {
  self.postMessage(event);
}

const host = new FloorHost({
  emit,
  sources: {
    runs: new RunStore(runFormat),
    guests: new GuestStore(),
    baseAgents: (level) => fetchBaseAgents(level, () => undefined),
  },
  open: openModel,
});

async function answer(call: FloorCall): Promise<void> {
  const { id } = call;
  try {
    emit({ kind: 'answer', id, answer: await host.carryOut(call) });
  } catch (error) {
    emit({ kind: 'error', id, error: wireError(error) });
  }
}

self.addEventListener('message', ({ data }: MessageEvent<FloorCall>) => void answer(data));
