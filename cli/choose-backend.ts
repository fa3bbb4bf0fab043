/** Which backend computes at the command line, and why. */
import {
  chooseBackend,
  type BackendOpeners,
  type BackendReason,
  type BackendWish,
} from '../src/lab/models/choose-backend';
import type { Backend } from '../src/model/backend';
import { backendOf, type Provenance } from '../src/model/provenance';

/** Beside what may come of looking: the run that goes on was computed by it. */
export type Reason = BackendReason | { kind: 'recorded' };

export interface Chosen {
  backend: Backend;
  reason: Reason;
}

/**
 * What is wished for; where nothing is, what computed a run that goes on, if it opens; else as the page chooses. Throws what
 * the openers throw.
 */
export async function chooseFor(
  wish: BackendWish,
  recorded: Provenance | undefined,
  openers: BackendOpeners,
): Promise<Chosen> {
  // Nothing is recorded of a run that has made no step.
  const before = wish === 'auto' && recorded && recorded.adapter !== '' ? backendOf(recorded) : null;
  if (before === 'CPU') return { backend: await openers.openCpu(), reason: { kind: 'recorded' } };
  if (before !== 'WebGPU') return await chooseBackend(wish, openers);
  try {
    return { backend: await openers.openWebGpu(), reason: { kind: 'recorded' } };
  } catch {
    // What is left is the processor, with the reason.
    return await chooseBackend(wish, openers);
  }
}

/**
 * Why it is this backend, in a few words; none where it was wished for.
 *
 * @param adapter WebGPU's, where it was looked for.
 */
export function reasonWords(reason: Reason, { name }: Pick<Backend, 'name'>, adapter: string): string {
  switch (reason.kind) {
    case 'wished':
      return '';
    case 'recorded':
      return 'as the run so far';
    case 'hardware':
      return 'a GPU';
    case 'unavailable':
      return `no WebGPU: ${reason.message}`;
    case 'too small':
      return `too large for WebGPU on ${adapter}`;
    case 'timed': {
      const [cpu, webgpu] = [reason.cpu, reason.webgpu].map(time);
      if (name === 'WebGPU') return `faster here than the CPU: ${webgpu} and ${cpu}`;
      if (reason.webgpu === Infinity) return `WebGPU on ${adapter} fails at a short piece of work`;
      return `faster here than WebGPU on ${adapter}: ${cpu} and ${webgpu}`;
    }
  }
}

const time = (milliseconds: number) => `${milliseconds.toPrecision(2)} ms`;
