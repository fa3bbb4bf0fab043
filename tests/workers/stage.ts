/** A trainer over everything real but the GPU: scripted agents whose weights are one number stand in for it. */
import type { AgentName } from '../../src/waltz/game/roles';
import 'fake-indexeddb/auto';
import { version } from '../../package.json';
import { GuestStore } from '../../src/checkpoint/guests';
import { RunStore } from '../../src/checkpoint/store';
import type { AgentState } from '../../src/model/state';
import { parameterLayout } from '../../src/lm/layout';
import { presets, type RunConfig } from '../../src/lab/config';
import { runFormat, type KeptRun } from '../../src/lab/run/run-format';
import { FrozenAgent } from '../../src/onnx/frozen-agent';
import type {
  Agent,
  Completion,
  GenerateOptions,
  PolicySample,
  UpdateOptions,
  UpdateReport,
} from '../../src/model/agent';
import { conduct } from '../../workers/trainer/conductor';
import type { StepCost } from '../../src/lab/run/meter';
import type { Engine, LoadedAgents, LoadedModels, LoadPlan } from '../../workers/trainer/ports';
import { answer, carryOut } from '../../workers/answering';
import type { Answer, Handlers } from '../../workers/protocol/calls';
import type { WireError } from '../../workers/protocol/errors';
import type { TrainerCalls, TrainerNews } from '../../workers/protocol/trainer';
import { ReproductionStore } from '../../workers/trainer/reproduction/store';
import { RunLockedError } from '../../workers/trainer/run-lock';
import { smallConfig } from '../checkpoint/fixtures';
import { feedbackText, MiniatureTokenizer, MiniatureTask, REFUSAL, SIGTERM } from '../waltz/miniature';
import { ScriptedAgent, type Script } from '../waltz/scripted-agent';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
export const config: RunConfig = { ...presets.tiny, seed: 7 };

/** Answers by chance, better the longer it has learned, so that runs differ as soon as anything in them does. */
const answers: Script = (_, { random, updates }) => (random.uniform() < 0.3 + updates / 100 ? REFUSAL : SIGTERM);
const advice: Script = (_, { random }) => feedbackText(random.chance(0.5), random.chance(0.2), 'refuse');

export const trials = [{ role: 'training', name: 'plain', milliseconds: 2, gflops: 5 }] as const;
const provenance = { adapter: 'scripted', build: version, variants: {} };

export function baseState(): AgentState {
  const model = { ...smallConfig, vocab_size: tokenizer.size };
  const zeros = () => new Float32Array(parameterLayout(model).size);
  return {
    config: model,
    parameters: zeros(),
    firstMoment: zeros(),
    secondMoment: zeros(),
    reference: zeros(),
    updates: 0,
  };
}

/** A GPU's way of taking its time: other events are heard in between. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

class SlowAgent extends ScriptedAgent {
  readonly #before: () => void;

  constructor(script: Script, before: () => void) {
    super(tokenizer, script);
    this.#before = before;
  }

  override async generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    await turn();
    this.#before();
    return await super.generate(prompts, options);
  }

  override async update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport> {
    await turn();
    const report = await super.update(samples, options);
    // A weight is an f32, whether or not it is ever saved.
    this.weight = Math.fround(this.weight);
    return report;
  }
}

/** What every watched step is said to have cost. */
export const stepCost: StepCost = {
  wall: 10,
  phases: { answers: { wall: 6, host: 1, gpu: null, dispatches: 4, submits: 2, tokens: 80 } },
  counts: {
    ...{ dispatches: 4, submits: 2, splits: 0, readbacks: 1, bytesWritten: 640, bytesRead: 320 },
    ...{ buffers: 0, bindGroups: 0 },
  },
  memory: { parameters: 4096, optimizer: 8192, gradients: 4096, activations: 65536, 'key-value cache': 0, other: 512 },
  peakBytes: 90_000,
  flops: 2e6,
  updateBytes: 40_000,
  copyBandwidth: 1e10,
};

class ScriptedMeter {
  on = false;

  async measure<Result>(step: () => Promise<Result>): Promise<{ result: Result; cost: StepCost | null }> {
    const { on } = this;
    return { result: await step(), cost: on ? stepCost : null };
  }
}

/** What goes wrong, switched on by a test. */
export interface Faults {
  generate?: Error;
  base?: Error;
  /** The GPU is another one. */
  adapter?: string;
  /** What an agent's weight has become where it is read back. */
  weight?: number;
}

export class ScriptedEngine implements Engine {
  readonly adapter = { description: 'scripted', vendor: '', architecture: '', software: true, features: [] };
  readonly selfCheck = { passed: true, worst: 0 };
  readonly provenance = provenance;
  largestBuffer = 2 ** 28;
  readonly lost: Promise<{ reason: string; byUs: boolean }>;
  lose!: (reason: string) => void;
  loaded = 0;
  /** Kernels that each load was asked for. */
  readonly kernels: LoadPlan['kernels'][] = [];
  tuningsForgotten = 0;
  readonly #faults: Faults;

  constructor(faults: Faults) {
    this.#faults = faults;
    this.lost = new Promise((resolve) => (this.lose = (reason) => resolve({ reason, byUs: false })));
  }

  readonly #fault = () => {
    if (this.#faults.generate) throw this.#faults.generate;
  };

  async load(
    { agents: states, onnx = {} }: Pick<KeptRun, 'agents' | 'onnx'>,
    plan: Pick<LoadPlan, 'kernels'>,
  ): Promise<LoadedAgents> {
    const { agents, ...loaded } = await this.loadModels<string>(states, plan);
    const frozen = Object.keys(onnx).map((name) => [
      name,
      new FrozenAgent(new SlowAgent(name === 'feedback' ? advice : answers, this.#fault)),
    ]);
    const all = { ...agents, ...Object.fromEntries(frozen) } as Record<AgentName, Agent>;
    return { ...loaded, agents: all, trials, meter: new ScriptedMeter() };
  }

  async loadModels<Name extends string>(
    given: Record<Name, AgentState>,
    { kernels }: Pick<LoadPlan, 'kernels'>,
  ): Promise<LoadedModels<Name>> {
    await turn();
    this.loaded++;
    this.kernels.push(kernels);
    const models = new Map(
      Object.entries<AgentState>(given).map(([name, state]) => {
        const agent = new SlowAgent(name === 'feedback' ? advice : answers, this.#fault);
        agent.weight = state.parameters[0];
        agent.updates = state.updates;
        return [name, { state, agent }] as const;
      }),
    );
    const each = <Value>(of: (model: { state: AgentState; agent: SlowAgent }) => Value) =>
      Object.fromEntries([...models].map(([name, model]) => [name, of(model)])) as Record<Name, Value>;
    return {
      agents: each(({ agent }) => agent),
      provenance: { ...provenance, adapter: this.#faults.adapter ?? provenance.adapter },
      states: async () => {
        await turn();
        return each(({ state: { parameters, ...rest }, agent: { weight, updates } }) => {
          const now = parameters.slice();
          now[0] = this.#faults.weight ?? weight;
          return { ...rest, parameters: now, updates };
        });
      },
      destroy: () => {
        this.loaded--;
      },
    };
  }

  forgetTuning(): Promise<void> {
    this.tuningsForgotten++;
    return Promise.resolve();
  }
}

/** A question as it is asked, without its id. */
export type Asked = { [Kind in keyof TrainerCalls]: { kind: Kind } & TrainerCalls[Kind]['asked'] }[keyof TrainerCalls];

/** One browser profile: tabs share its store and its locks. */
export class Profile {
  static #count = 0;
  readonly name = `profile ${Profile.#count++}`;
  readonly locks = new Set<string>();
}

/** One open page. */
export class Tab {
  readonly events: TrainerNews[] = [];
  /** Of calls, and of what went on by itself. */
  readonly errors: WireError[] = [];
  readonly store: ReturnType<typeof openStore>;
  readonly guests: GuestStore;
  readonly reproductions: ReproductionStore;
  readonly faults: Faults = {};
  /** What the shipped agents are called by. */
  base = 'scripted';
  engine!: ScriptedEngine;
  readonly #handlers: Handlers<TrainerCalls>;
  #id = 0;
  #heard = () => {};

  constructor(profile = new Profile()) {
    const store = (this.store = openStore(profile.name));
    const guests = (this.guests = new GuestStore(`${profile.name} guests`));
    const reproductions = (this.reproductions = new ReproductionStore(`${profile.name} reproductions`));
    this.#handlers = conduct({
      emit: (news) => this.#emit(news),
      openEngine: () => Promise.resolve((this.engine = new ScriptedEngine(this.faults))),
      environmentOf: () => ({ task, tokenizer, judge: task.judge }),
      baseAgents: () => {
        if (this.faults.base) return Promise.reject(this.faults.base);
        const agents = { conversation: baseState(), feedback: baseState() };
        return Promise.resolve({ task: task.tag, agents, tokenizer: {}, provenance, recipe: {} });
      },
      beginning: () => {
        if (this.faults.base) return Promise.reject(this.faults.base);
        const states = { conversation: baseState(), feedback: baseState(), safeguard: baseState() };
        return Promise.resolve({ states, base: this.base });
      },
      store,
      guests,
      reproductions,
      lock: (run) => {
        if (profile.locks.has(run)) return Promise.reject(new RunLockedError());
        profile.locks.add(run);
        return Promise.resolve(() => void profile.locks.delete(run));
      },
    });
  }

  #emit(news: TrainerNews): void {
    // What crosses to a page is a copy.
    this.events.push(structuredClone(news));
    if ('error' in news) this.errors.push(news.error);
    this.#heard();
  }

  /** Asks, and resolves with the answer or the error. */
  async send(question: Asked): Promise<Extract<Answer<TrainerCalls>, { kind: 'answer' | 'error' }>> {
    const id = ++this.#id;
    const answers: Answer<TrainerCalls>[] = [];
    const work = carryOut<TrainerCalls, keyof TrainerCalls>(this.#handlers, question.kind, question);
    await answer<TrainerCalls>(id, work, (one) => answers.push(structuredClone(one)));
    const last = answers.at(-1)!;
    if (last.kind !== 'answer' && last.kind !== 'error') throw new Error(`The last answer was ${last.kind}.`);
    if (last.kind === 'error') this.errors.push(last.error);
    return last;
  }

  /** Asks, and resolves with what is answered. Throws what the worker throws. */
  async ask<Kind extends keyof TrainerCalls>(
    kind: Kind,
    asked: TrainerCalls[Kind]['asked'],
  ): Promise<TrainerCalls[Kind]['answer']> {
    return structuredClone(await carryOut<TrainerCalls, Kind>(this.#handlers, kind, asked));
  }

  /** Opens the GPU, and waits until the queue that is kept has been told of. */
  async openDevice(): Promise<TrainerCalls['device.open']['answer']> {
    const opened = await this.ask('device.open', {});
    await this.ask('import.drop', {});
    return opened;
  }

  /** What is told next of what went wrong by itself. */
  async failure(from = 0): Promise<WireError> {
    const told = await this.until((news) => 'error' in news, from);
    return (told as Extract<TrainerNews, { error: WireError }>).error;
  }

  /** Looks at a file; the answer. */
  async look(path: string, content: BlobPart) {
    return await this.ask('import.look', { files: [{ path, content: new Blob([content]) }] });
  }

  /** Takes in an exported run. */
  async import(archive: Blob): Promise<void> {
    await this.look('run.waltz', archive);
    await this.ask('import.take', {});
  }

  /** The first news from now or before that `wanted` accepts, after the `from`th. */
  async until(wanted: (news: TrainerNews) => boolean, from = 0): Promise<TrainerNews> {
    for (;;) {
      const found = this.events.slice(from).find(wanted);
      if (found) return found;
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  async status(status: string, from = 0): Promise<TrainerNews> {
    return await this.until((news) => news.kind === 'run.status' && news.status === status, from);
  }

  of<Kind extends TrainerNews['kind']>(kind: Kind): Extract<TrainerNews, { kind: Kind }>[] {
    return this.events.filter((news): news is Extract<TrainerNews, { kind: Kind }> => news.kind === kind);
  }

  get run(): string {
    return this.of('run.opened').at(-1)!.run;
  }
}

function openStore(name: string) {
  return new RunStore(runFormat, name);
}

/** A tab with its GPU open. */
export async function openTab(profile?: Profile): Promise<Tab> {
  const tab = new Tab(profile);
  await tab.openDevice();
  return tab;
}

/** What must not depend on pauses: everything but wall-clock figures and the run's id. */
export async function outcome(tab: Tab) {
  const { metrics, evaluations, agents, step, config } = await tab.store.load(tab.run);
  const states = Object.values(agents).flatMap(({ updates, parameters, firstMoment, secondMoment, reference }) => [
    updates,
    ...[parameters, firstMoment, secondMoment, reference].map((array) => Buffer.from(array.buffer).toString('base64')),
  ]);
  const timeless = metrics.map((step) => ({ ...step, time: null }));
  return { metrics: timeless, evaluations, states, step, config };
}
