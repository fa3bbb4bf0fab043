/** The one place where the commands open what computes models. */
import { version } from '../package.json';
import type { BackendOpeners } from '../src/lab/models/choose-backend';
import { backendTimings } from '../src/lm/backend/backend-timings';
import type { Backend } from '../src/model/backend';
import { mebibytes } from '../src/model/memory';
import type { Provenance } from '../src/model/provenance';
import { chooseFor, reasonWords, type Chosen } from './choose-backend';
import type { BackendChoice } from './compute-options';
import { openCpuBackend } from './cpu-backend';
import { say } from './output';
import { tuningMemory } from './tuning-memory';
import { openWebGpuBackend, type OpenedWebGpu, type WebGpuFacts } from './webgpu-backend';

/** A backend, and how it was chosen. */
export interface NodeBackend extends Chosen {
  /** The reason in words; empty where it was asked for. */
  why: string;
  /** Null on the CPU. */
  webGpu: WebGpuFacts | null;
}

/**
 * Says on stderr which one it is, and why. Close the backend, or Node does not exit. Throws what opening throws where one
 * was asked for.
 *
 * @param recorded of a run that goes on.
 * @param need memory of what is to be computed: where WebGPU has no room for it, it is no choice.
 */
export async function openNodeBackend(
  choice: BackendChoice,
  { recorded, need }: { recorded?: Provenance | undefined; need?: BackendOpeners['need'] } = {},
): Promise<NodeBackend> {
  // What was opened to look at, too.
  const opened: OpenedWebGpu[] = [];
  const { recall, remember } = backendTimings(tuningMemory, version);
  const openers: BackendOpeners = {
    openWebGpu: async () => {
      const one = await openWebGpuBackend(choice.adapter);
      opened.push(one);
      return one.backend;
    },
    openCpu: () => openCpuBackend(choice),
    need,
    remember,
    recall: async (webgpu, cpu) => {
      const known = await recall(webgpu, cpu);
      if (!known) say(`Timing WebGPU on ${webgpu.adapter.description} and the CPU, once. --backend chooses without.`);
      return known;
    },
  };
  const { backend, reason } = await chooseFor(choice.backend, recorded, openers);
  const webGpu = opened.find((one) => one.backend === backend)?.webGpu ?? null;
  const why = reasonWords(reason, backend, opened.at(-1)?.backend.adapter.description ?? '');
  const how = webGpu ? [`--adapter ${webGpu.adapterName}`] : ['--backend cpu'];
  const hints = why === '' ? how : [why, ...(webGpu ? how : []), '--backend'];
  say(`${backend.name}: ${backend.adapter.description} (${hints.join('; ')})`);
  return { backend, reason, why, webGpu };
}

/** Times what has to be timed for a choice, so that processes that make it at once find it done. */
export async function settleChoice(choice: BackendChoice): Promise<void> {
  if (choice.backend === 'auto') (await openNodeBackend(choice)).backend.close();
}

/** Opens a backend for some work, and closes it after that. Throws what `openNodeBackend` throws. */
export async function withBackend<Result>(
  choice: BackendChoice,
  work: (backend: Backend) => Promise<Result>,
  known: Parameters<typeof openNodeBackend>[1] = {},
): Promise<Result> {
  const { backend } = await openNodeBackend(choice, known);
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
