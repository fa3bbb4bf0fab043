import { modelNames } from '../../../src/lab/models/model-names';
import { presets, totalSteps } from '../../../src/lab/config';
import type { Environment } from '../../../src/lab/models/environment';
import type { ExperimentBackend } from '../../../src/lab/reproduction/run-experiment';
import {
  measuredOn,
  stands,
  subjectId,
  subjectName,
  type Result,
  type Subject,
} from '../../../src/lab/reproduction/result';
import type { Serving } from '../../../src/lab/run/serving';
import { subjectsOf } from '../../../src/lab/reproduction/subjects';
import type { Ports } from '../ports';
import { memoryOfRun } from '../../../src/lab/models/run-memory';
import type { MemoryEstimates, MemoryNeed } from '../../../src/model/memory';
import type { QueuedSubject } from '../../../src/lab/reproduction/queued-subject';
import { seedsOf, type ReproductionOrder } from '../../../src/lab/reproduction/order';
import { reportTables, type ReproducedTable } from '../../../src/lab/reproduction/report';
import type { Job } from './job';
import type { Throughput } from './throughput';
import { checkpointOf } from './checkpoints';

/** An order on show, and what is there of it. */
export class View {
  readonly order: ReproductionOrder;
  readonly subjects: readonly Subject[];
  readonly #environment: Environment;
  /** Those that stand, by subject. */
  readonly #results: Map<string, Result>;
  /** RL steps of runs that were begun, by subject. */
  readonly #steps: Map<string, number>;

  private constructor(
    order: ReproductionOrder,
    environment: Environment,
    results: Map<string, Result>,
    steps: Map<string, number>,
  ) {
    this.order = order;
    this.subjects = subjectsIn(order);
    this.#environment = environment;
    this.#results = results;
    this.#steps = steps;
  }

  /** Gathers what is there. Agents are fetched only where a result or a run may stand on them. */
  static async of(
    order: ReproductionOrder,
    backend: ExperimentBackend,
    { store, reproductions }: Pick<Ports, 'store' | 'reproductions'>,
  ): Promise<View> {
    const preset = presets[order.preset];
    const ids = subjectsIn(order).map(subjectId);
    const kept = await Promise.all(ids.map((id) => backend.results.find(id)));
    const lists = await Promise.all([store.list(), reproductions.checkpoints.list()]);
    const known = kept.some((one) => one !== null) || lists.some(({ runs }) => runs.length > 0);
    const { base } = known ? await backend.beginning(preset) : { base: '' };
    const results = ids.flatMap((id, i): [string, Result][] => {
      const result = kept[i];
      return result && stands(result, base, backend.build) ? [[id, result]] : [];
    });
    const begun = new Map(lists.flatMap((list) => list.runs.map(({ run, step }) => [run, step])));
    const steps = ids.flatMap((id): [string, number][] => {
      const step = begun.get(checkpointOf(id, base));
      return step === undefined ? [] : [[id, step]];
    });
    return new View(order, backend.environmentOf(preset.task), new Map(results), new Map(steps));
  }

  /** Ways of serving that are still to be measured. */
  lacks(subject: Subject): Serving[] {
    const result = this.#results.get(subjectId(subject));
    return subject.servings.filter((one) => !result || !measuredOn(result, one, this.order.prompts));
  }

  add(id: string, result: Result): void {
    this.#results.set(id, result);
  }

  stepped(id: string, step: number): void {
    this.#steps.set(id, step);
  }

  tables(): ReproducedTable[] {
    return reportTables(this.order, this.#environment.task, this.#results);
  }

  /** How far a subject is; `job` if it is the one that is worked on. */
  queued(subject: Subject, job: Job | null, throughput: Throughput): QueuedSubject {
    const { config, trained } = subject;
    const id = subjectId(subject);
    const lacking = this.lacks(subject);
    const done = lacking.length === 0;
    const total = trained ? totalSteps(config) : 0;
    const measuring = job?.measuring ?? null;
    const step = done ? total : (this.#steps.get(id) ?? 0);
    const left = {
      steps: total - step,
      servings: lacking,
      prompts: this.order.prompts * this.#environment.task.sets.length,
      measured: measuring && measuring.serving === lacking[0] ? measuring.done / measuring.total : 0,
      opened: job !== null && job.phase !== 'opening',
    };
    return {
      ...{ id, name: subjectName(subject), step, total },
      phase: job?.phase ?? (done ? 'done' : 'waiting'),
      measuring,
      remaining: throughput.estimate(subject, left),
    };
  }

  /** Of the largest subject, or of the first that does not fit. */
  memory(estimates: Pick<MemoryEstimates, 'estimate'>): MemoryNeed {
    const shipped = modelNames.map(() => null);
    let most = 0;
    for (const { config } of this.subjects) {
      const need = memoryOfRun(config, shipped, this.#environment, estimates);
      if ('refusal' in need) return need;
      most = Math.max(most, need.bytes);
    }
    return { bytes: most };
  }
}

function subjectsIn(order: ReproductionOrder): Subject[] {
  return subjectsOf(order.tables, presets[order.preset], seedsOf(order));
}
