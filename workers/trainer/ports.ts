import type { BaseAgents } from '../../src/checkpoint/archive';
import type { GuestStore } from '../../src/checkpoint/guests';
import type { TaskChoice } from '../../src/task/task-tag';
import type { Offer, OfferedFile } from '../../src/lab/import/read';
import type { Environment } from '../../src/lab/models/environment';
import type { BaseChoice } from '../../src/lab/models/shipped';
import type { Beginning } from '../../src/lab/reproduction/beginning';
import type { KeptRuns } from '../../src/lab/run/run-format';
import type { BackendWish, ChosenBackend } from '../../src/lab/models/choose-backend';
import type { MemoryEstimates } from '../../src/model/memory';
import type { TrainerNews } from '../protocol/trainer';
import type { NeighbourPorts } from './neighbours';
import type { OpenOnnxAgents } from './open-run';
import type { ReproductionStore } from './reproduction/store';

/** How far something is that the page shows a bar for. */
export type Progress = (done: number, total: number) => void;

/** The world around the trainer: everything that a test stands in for, or a worker wires up. */
export interface Ports extends NeighbourPorts {
  emit: (news: TrainerNews) => void;
  /** Throws where there is none. */
  openBackend: () => Promise<ChosenBackend & { wish: BackendWish }>;
  keepBackendWish: (wish: BackendWish) => Promise<void>;
  /** What models take where no backend is open, whose limits could refuse them. */
  estimates: MemoryEstimates;
  openOnnx: OpenOnnxAgents;
  /** Reads strangers' files where that can be ended. Throws what is wrong with them. */
  readOffer: (files: readonly OfferedFile[], signal: AbortSignal) => Promise<Offer>;
  environmentOf: (task: TaskChoice) => Environment;
  baseAgents: (choice: BaseChoice, progress: Progress) => Promise<BaseAgents>;
  /** What a table's runs begin with. */
  beginning: (choice: BaseChoice) => Promise<Beginning>;
  store: KeptRuns;
  guests: GuestStore;
  reproductions: ReproductionStore;
  /** Takes a run for this tab, or throws; returns what gives it back. */
  lock: (run: string) => Promise<() => void>;
}
