/** A trainer over everything real but the backend: scripted agents whose weights are one number stand in for it. */
import { perRole } from '../../src/waltz/game/roles';
import 'fake-indexeddb/auto';
import { BroadcastChannel } from 'node:worker_threads';
import { version } from '../../package.json';
import { GuestStore } from '../../src/checkpoint/guests';
import { RunStore } from '../../src/checkpoint/store';
import type { AgentState } from '../../src/model/state';
import { parameterLayout } from '../../src/model/layout';
import { presets, type RunConfig } from '../../src/lab/config';
import { readOffer } from '../../src/lab/import/read';
import { runFormat } from '../../src/lab/run/run-format';
import { FrozenAgent } from '../../src/onnx/frozen-agent';
import type { BackendWish } from '../../src/lab/models/choose-backend';
import { estimatesWithin } from '../../src/lm/backend/fit';
import type { Backend, OpenedModels, OpenOptions, SelfCheck } from '../../src/model/backend';
import type { LlamaConfig } from '../../src/model/config';
import type { Reading } from '../../src/model/meter';
import type { ModelCapacity } from '../../src/model/capacity';
import type { TrainableModel } from '../../src/model/trainable-model';
import type { VariantChoice } from '../../src/model/variants';
import type { Completion, GenerateOptions, PolicySample, UpdateOptions, UpdateReport } from '../../src/model/agent';
import { conduct } from '../../workers/trainer/conductor';
import { answer, carryOut } from '../../workers/answering';
import type { Answer, Handlers } from '../../workers/protocol/calls';
import type { WireError } from '../../workers/protocol/errors';
import type { TrainerCalls, TrainerNews } from '../../workers/protocol/trainer';
import { ReproductionStore } from '../../workers/trainer/reproduction/store';
import type { Channel } from '../../workers/trainer/neighbours';
import { RunLockedError } from '../../workers/trainer/run-lock';
import { smallConfig } from '../checkpoint/fixtures';
import { feedbackText, MiniatureTokenizer, MiniatureTask, REFUSAL, SIGTERM } from '../waltz/miniature';
import { ScriptedAgent, type Script } from '../waltz/scripted-agent';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
export const environment = { task, tokenizer, judge: task.judge };
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

  constructor(name: string, before: () => void) {
    super(tokenizer, name === 'feedback' ? advice : answers);
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

const unscripted = () => Promise.reject(new Error('No script says this.'));

/** A model whose parameters are the one number of its agent. */
class SlowModel extends SlowAgent implements TrainableModel {
  readonly config: LlamaConfig;
  #state!: AgentState;
  readonly #faults: Faults;

  constructor(name: string, state: AgentState, faults: Faults) {
    super(name, () => raise(faults));
    this.config = state.config;
    this.#faults = faults;
    this.load(state);
  }

  load(state: AgentState): void {
    this.#state = state;
    this.weight = state.parameters[0];
    this.updates = state.updates;
  }

  async save(): Promise<AgentState> {
    await turn();
    const parameters = this.#state.parameters.slice();
    parameters[0] = this.#faults.weight ?? this.weight;
    return { ...this.#state, parameters, updates: this.updates };
  }

  readonly next = unscripted;
  readonly score = unscripted;
  readonly supervise = unscripted;
}

const reading: Reading = {
  phases: { answers: { host: 1, gpu: null, dispatches: 4, submits: 2 } },
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

/** What every watched step is said to have cost, but for the time that its answers took. */
export const stepCost = { ...reading, phases: { answers: reading.phases.answers } };

/** What goes wrong, switched on by a test. */
export interface Faults {
  generate?: Error;
  base?: Error;
  /** The GPU is another one. */
  adapter?: string;
  /** What an agent's weight has become where it is read back. */
  weight?: number;
}

function raise({ generate }: Faults): void {
  if (generate) throw generate;
}

export class ScriptedBackend implements Backend {
  readonly name = 'scripted';
  readonly adapter = { description: 'scripted', vendor: '', architecture: '', software: true, features: [] };
  readonly provenance = provenance;
  largestBuffer = 2 ** 28;
  readonly lost: Promise<{ reason: string }>;
  lose!: (reason: string) => void;
  loaded = 0;
  /** Variants that were asked for, each time. */
  readonly kernels: VariantChoice[] = [];
  tuningsForgotten = 0;
  readonly #faults: Faults;

  constructor(faults: Faults) {
    this.#faults = faults;
    this.lost = new Promise((resolve) => (this.lose = (reason) => resolve({ reason })));
  }

  selfCheck(): Promise<SelfCheck> {
    return Promise.resolve({ passed: true, worst: 0 });
  }

  estimate(...asked: Parameters<Backend['estimate']>) {
    return estimatesWithin(this.largestBuffer).estimate(...asked);
  }

  estimateDecoder(...asked: Parameters<Backend['estimateDecoder']>) {
    return estimatesWithin(this.largestBuffer).estimateDecoder(...asked);
  }

  async open<Name extends string>(
    states: Readonly<Record<Name, AgentState>>,
    _: ModelCapacity,
    { variants }: OpenOptions,
  ): Promise<OpenedModels<Name>> {
    await turn();
    this.loaded++;
    this.kernels.push(variants!.choice);
    const names = Object.keys(states) as Name[];
    const models = each(names, (name) => new SlowModel(name, states[name], this.#faults));
    return {
      ...{ models, trials, bytes: 0 },
      provenance: { ...provenance, adapter: this.#faults.adapter ?? provenance.adapter },
      meter: {
        enter: () => undefined,
        measure: async (work) => ({ result: await work(), reading }),
      },
      states: async () => {
        const saved = await Promise.all(names.map((name) => models[name].save()));
        return each(names, (_, i) => saved[i]);
      },
      close: () => {
        this.loaded--;
      },
    };
  }

  readonly openDecoder = unscripted;

  forgetTuning(): Promise<void> {
    this.tuningsForgotten++;
    return Promise.resolve();
  }

  close(): void {
    this.loaded = 0;
  }
}

function each<Name extends string, Value>(names: readonly Name[], of: (name: Name, i: number) => Value) {
  return Object.fromEntries(names.map((name, i) => [name, of(name, i)])) as Record<Name, Value>;
}

/** A question as it is asked, without its id. */
export type Asked = { [Kind in keyof TrainerCalls]: { kind: Kind } & TrainerCalls[Kind]['asked'] }[keyof TrainerCalls];

/** One browser profile: tabs share its store and its locks. */
export class Profile {
  static #count = 0;
  readonly name = `profile ${Profile.#count++}`;
  readonly locks = new Map<string, object>();
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
  backend!: ScriptedBackend;
  wish: BackendWish = 'auto';
  readonly #handlers: Handlers<TrainerCalls>;
  #id = 0;
  #heard = () => {};

  constructor(profile = new Profile()) {
    const store = (this.store = openStore(profile.name));
    const guests = (this.guests = new GuestStore(`${profile.name} guests`));
    const reproductions = (this.reproductions = new ReproductionStore(`${profile.name} reproductions`));
    this.#handlers = conduct({
      emit: (news) => this.#emit(news),
      openBackend: () => {
        this.backend = new ScriptedBackend(this.faults);
        return Promise.resolve({ backend: this.backend, wish: this.wish, reason: { kind: 'wished' } } as const);
      },
      keepBackendWish: (wish) => {
        this.wish = wish;
        return Promise.resolve();
      },
      estimates: estimatesWithin(Infinity),
      openOnnx: (onnx) => {
        const agents = each(
          Object.keys(onnx),
          (name) => new FrozenAgent(new SlowAgent(name, () => raise(this.faults))),
        );
        return Promise.resolve({ agents, variants: {}, close: () => undefined });
      },
      readOffer: (files) => readOffer(files),
      environmentOf: () => environment,
      baseAgents: () => {
        if (this.faults.base) return Promise.reject(this.faults.base);
        const agents = perRole(() => baseState());
        return Promise.resolve({ task: task.tag, agents, tokenizer: {}, provenance, recipe: {} });
      },
      beginning: () => {
        if (this.faults.base) return Promise.reject(this.faults.base);
        const states = { ...perRole(() => baseState()), safeguard: baseState() };
        return Promise.resolve({ states, base: this.base });
      },
      store,
      guests,
      reproductions,
      lock: (run) => {
        if (profile.locks.has(run)) return Promise.reject(new RunLockedError());
        profile.locks.set(run, this);
        return Promise.resolve(() => void profile.locks.delete(run));
      },
      lockedElsewhere: () => {
        const others = [...profile.locks].filter(([, tab]) => tab !== this);
        return Promise.resolve(new Set(others.map(([run]) => run)));
      },
      channel: openChannel(profile.name),
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
    // Done in its turn, which is after it.
    await this.ask('performance.watch', { on: false });
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

/** Holds up no test that is at its end. */
function openChannel(name: string): Channel {
  const channel = new BroadcastChannel(name);
  channel.unref();
  return channel;
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
