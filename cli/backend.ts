/** The one place where the commands open what computes models. */
import { timeBackend } from '../src/lab/models/backend-speed';
import type { Backend } from '../src/model/backend';
import { mebibytes } from '../src/model/memory';
import type { Provenance } from '../src/model/provenance';
import { openGpu } from './adapter';
import { speedMemory } from './backend-speeds';
import { chooseBackend, openChosen, type Chosen, type Machine } from './choose-backend';
import type { BackendChoice, BackendKind } from './compute-options';
import { openCpuBackend } from './cpu-backend';
import { say } from './output';
import { openWebGpuBackend, type WebGpuFacts } from './webgpu-backend';

interface Opened {
  backend: Backend;
  /** Null on the CPU. */
  webGpu: WebGpuFacts | null;
}

/** A backend, and how it was chosen. */
export interface NodeBackend extends Opened {
  chosen: Chosen;
}

/**
 * Says on stderr which one it is, and why. Close the backend, or Node does not exit. Throws what opening throws where one
 * was asked for.
 *
 * @param recorded of a run that goes on.
 */
export async function openNodeBackend(choice: BackendChoice, recorded?: Provenance): Promise<NodeBackend> {
  const { opened, chosen } = await openChosen(choice.backend, recorded ?? null, machineFor(choice));
  const { backend, webGpu } = opened;
  const how = webGpu ? `--adapter ${webGpu.adapterName}` : '--backend cpu';
  const hint = choice.backend === 'auto' ? `${chosen.why}; ${webGpu ? `${how}, ` : ''}--backend` : how;
  say(`${backend.name}: ${backend.adapter.description} (${hint})`);
  return { ...opened, chosen };
}

/** Times what has to be timed for a choice, so that processes that make it at once find it done. */
export async function settleChoice(choice: BackendChoice): Promise<void> {
  await chooseBackend(choice.backend, null, machineFor(choice));
}

/** Opens a backend for some work, and closes it after that. Throws what `openNodeBackend` throws. */
export async function withBackend<Result>(
  choice: BackendChoice,
  work: (backend: Backend) => Promise<Result>,
  recorded?: Provenance,
): Promise<Result> {
  const { backend } = await openNodeBackend(choice, recorded);
  try {
    return await work(backend);
  } finally {
    backend.close();
  }
}

/** Says what models are expected to take. */
export function sayMemory(backend: Backend, bytes: number): void {
  say(`${backend.name === 'CPU' ? 'Memory' : 'GPU memory'}: about ${mebibytes(bytes)}`);
}

function machineFor(choice: BackendChoice): Machine<Opened> {
  const open = async (kind: BackendKind): Promise<Opened> =>
    kind === 'webgpu'
      ? await openWebGpuBackend(choice.adapter)
      : { backend: await openCpuBackend(choice), webGpu: null };
  return {
    ...{ open, say, speeds: speedMemory(choice) },
    adapter: async () => {
      const opened = await openGpu(choice.adapter);
      opened.close();
      return { description: opened.description, software: opened.name !== 'gpu' };
    },
    time: async (kind) => {
      const { backend } = await open(kind);
      try {
        return await timeBackend(backend);
      } finally {
        backend.close();
      }
    },
  };
}
