import { isExact } from '../src/checkpoint/snapshot';
import { parseConfig } from '../src/lab/config';
import type { KernelChoice } from '../src/lab/kernel-choice';
import { Run } from '../src/lab/run';
import type { KeptRun } from '../src/lab/run-format';
import type { Tokenizer } from '../src/tokenizer/tokenizer';
import { beginRun, estimateRun } from './beginning';
import { exportFile } from './export';
import { checkFit } from './fit';
import { Guests } from './guests';
import { Importer } from './importer';
import { Library } from './library';
import type { Engine, LoadedAgents, Ports } from './ports';
import type { Command, Event, ExportFormat } from './protocol';
import { Reproducer } from './reproduction/reproducer';
import { Session } from './session';
import { Turns } from './turns';

export class DeviceClosedError extends Error {
  override name = 'DeviceClosedError';

  constructor() {
    super('The GPU is not open. Open it again, then go on.');
  }
}

export class NoRunError extends Error {
  override name = 'NoRunError';

  constructor() {
    super('There is no run in hand. Start one, or open a saved one.');
  }
}

type StartCommand = Extract<Command, { kind: 'run.start' }>;
type EstimateCommand = Extract<Command, { kind: 'run.estimate' }>;

/** A run in hand and what it holds. */
interface Hand {
  run: string;
  /** May be changed while it is in hand. */
  name: string;
  session: Session;
  loaded: LoadedAgents;
  unlock: () => void;
}

/** Carries out commands over one GPU, one store and at most one run in hand. */
export class Conductor {
  readonly #ports: Ports;
  readonly #library: Library;
  readonly #importer: Importer;
  readonly #guests: Guests;
  readonly #reproducer: Reproducer;
  #engine: Engine | null = null;
  #hand: Hand | null = null;
  /** The run that was in hand last; it can still be exported from the store. */
  #last: string | null = null;
  /** The step at which that run is in the store. */
  #safeStep: number | null = null;
  /** Somebody wants to know what steps cost. */
  #watching = false;
  /** What changes the run in hand. */
  readonly #turns = new Turns();

  constructor(ports: Ports) {
    this.#ports = ports;
    const { store, emit } = ports;
    const ours = () => undefined;
    const lock = (run: string) => (this.#hand?.run === run ? Promise.resolve(ours) : ports.lock(run));
    this.#library = new Library({ store, emit, lock });
    this.#importer = new Importer(ports);
    this.#guests = new Guests(ports);
    this.#reproducer = new Reproducer({
      ...ports,
      engine: () => this.#engine,
      opened: () => this.#opened(),
      keepRun: (kept) => this.#library.keep(kept),
    });
  }

  /** Resolves when the command has taken effect, or rejects with why it has not. */
  execute(command: Command): Promise<void> {
    switch (command.kind) {
      case 'device.open':
        return this.#turns.take(() => this.#openDevice());
      case 'run.start':
        return this.#turns.take(() => this.#begin(command));
      case 'run.estimate':
        return this.#turns.take(() => this.#estimate(command));
      case 'run.restore':
        return this.#turns.take(() => this.#restore(command.run));
      case 'run.stop':
        return this.#turns.take(() => this.#stop());
      case 'run.resume':
        return this.#withHand(({ session }) => session.go());
      case 'run.step':
        return this.#withHand(({ session }) => session.step());
      case 'run.pause':
        // At once, even while something else waits for the step in hand to end.
        this.#hand?.session.pause();
        return this.#withHand(({ session }) => session.pause());
      case 'run.evaluate':
        return this.#withHand(() => undefined).then(() => this.#hand?.session.evaluate(command.prompts));
      case 'run.export':
        return this.#turns.take(() => undefined).then(() => this.#export(command.run, command.format));
      case 'runs.list':
        return this.#library.tell();
      case 'runs.read':
        return this.#library.read(command.run);
      case 'runs.rename':
        return this.#turns.take(() => this.#rename(command.run, command.name));
      case 'runs.pin':
        return this.#turns.take(() => this.#library.pin(command.run, command.on));
      case 'runs.remove':
        return this.#turns.take(() => this.#remove(command.run));
      case 'runs.bring-back':
        return this.#turns.take(() => this.#library.bringBack(command.run));
      case 'runs.fork':
        return this.#turns.take(() => this.#library.fork(command.run, command.step, command.stages));
      case 'import.look':
        return this.#turns.take(() => this.#importer.look(command, this.#engine?.largestBuffer ?? null));
      case 'import.take':
        return this.#turns.take(() => this.#import());
      case 'import.drop':
        return this.#turns.take(() => this.#importer.drop());
      case 'guests.list':
        return this.#guests.tell();
      case 'guests.rename':
        return this.#turns.take(() => this.#guests.rename(command.guest, command.name));
      case 'guests.remove':
        return this.#turns.take(() => this.#guests.remove(command.guest));
      case 'guests.bring-back':
        return this.#turns.take(() => this.#guests.bringBack(command.guest));
      case 'performance.watch':
        return this.#turns.take(() => this.#watch(command.on));
      case 'performance.forget':
        return this.#turns.take(() => this.#opened().forgetTuning());
      case 'reproduce.open':
        return this.#turns.take(() => this.#reproducer.open(command.order, this.#hand === null));
      case 'reproduce.start':
        return this.#turns.take(() => this.#queue(() => this.#reproducer.start(command.order)));
      case 'reproduce.resume':
        return this.#turns.take(() => this.#queue(() => this.#reproducer.resume()));
      case 'reproduce.pause':
        // At once, even while something else waits for the step in hand to end.
        return this.#reproducer.working ? this.#reproducer.pause() : this.#turns.take(() => this.#reproducer.pause());
      case 'reproduce.cancel':
        return this.#turns.take(() => this.#reproducer.cancel());
      case 'reproduce.import':
        return this.#turns.take(() => this.#reproducer.import(command.text));
      case 'reproduce.export':
        return this.#turns.take(() => this.#reproducer.export());
    }
  }

  async #openDevice(): Promise<void> {
    const { emit, openEngine } = this.#ports;
    if (!this.#engine) {
      const engine = await openEngine((done, total) => emit({ kind: 'progress', phase: 'pipelines', done, total }));
      this.#engine = engine;
      void engine.lost.then(({ reason, byUs }) => {
        if (!byUs && this.#engine === engine) this.#lose(reason);
      });
    }
    const { adapter, selfCheck } = this.#engine;
    await this.#library.purge();
    emit({ kind: 'device.ready', adapter, selfCheck, ...(await this.#library.list()) });
  }

  /** The run goes back to its last checkpoint: what was on the GPU is gone. */
  #lose(reason: string): void {
    // A step may have failed of it a moment ago, and the run be out of hand already.
    const step = this.#hand ? this.#hand.session.savedStep : this.#safeStep;
    this.#engine = null;
    void this.#hand?.session.abandon();
    this.#drop();
    this.#ports.emit({ kind: 'device.lost', reason, step });
    this.#ports.emit({ kind: 'run.status', status: 'idle', step: step ?? 0 });
  }

  async #begin({ config: unchecked, agents = {}, kernels }: StartCommand): Promise<void> {
    const config = parseConfig(unchecked);
    const engine = this.#opened();
    await this.#clear();
    await this.#loading(0, async () => {
      const kept = await beginRun(config, agents, this.#ports, engine.provenance);
      const unlock = await this.#ports.lock(kept.run);
      const hand = await this.#take(kept, engine, unlock, { first: () => this.#library.keep(kept), kernels });
      hand.session.go();
    });
  }

  async #estimate({ config: unchecked, agents = {} }: EstimateCommand): Promise<void> {
    const config = parseConfig(unchecked);
    const memory = await estimateRun(config, agents, this.#ports, this.#opened().largestBuffer);
    this.#ports.emit({ kind: 'run.estimated', config, memory });
  }

  async #restore(run: string): Promise<void> {
    const engine = this.#opened();
    await this.#clear();
    await this.#loading(0, async () => {
      const unlock = await this.#ports.lock(run);
      const kept = await this.#ports.store.load(run).catch((error: unknown) => {
        unlock();
        throw error;
      });
      const hand = await this.#take(kept, engine, unlock);
      hand.session.announce();
    });
  }

  async #import(): Promise<void> {
    const offer = this.#importer.take();
    if (offer.kind === 'run') await this.#importRun(offer.run);
    else await this.#guests.keep(offer.guests.map(({ guest }) => guest));
  }

  async #importRun(read: KeptRun): Promise<void> {
    const engine = this.#opened();
    const { store, lock } = this.#ports;
    const { runs, aside } = await store.list();
    // This run may have gone on since: the imported one stands beside it.
    const taken = [...runs, ...aside].some(({ run }) => run === read.run);
    const kept = taken ? { ...read, run: crypto.randomUUID(), name: `${read.name} (imported)` } : read;
    await this.#clear();
    await this.#loading(kept.step, async () => {
      const hand = await this.#take(kept, engine, await lock(kept.run), { first: () => this.#library.keep(kept) });
      hand.session.announce();
    });
  }

  /** Puts a run into hand, paused. `first` is done before the page hears of it. */
  async #take(
    kept: KeptRun,
    engine: Engine,
    unlock: () => void,
    { first, kernels = 'tuned' }: { first?: () => Promise<void>; kernels?: KernelChoice | undefined } = {},
  ): Promise<Hand> {
    const { emit, house } = this.#ports;
    let loaded: LoadedAgents | null = null;
    try {
      const { config } = kept;
      const { world, tokenizer, judge } = house(config.level);
      checkFit(kept, world, tokenizer);
      const progress = (done: number, total: number) => emit({ kind: 'progress', phase: 'pipelines', done, total });
      loaded = await engine.load(kept, { config, world, tokenizer, recorded: kept.provenance, kernels, progress });
      const { agents, provenance } = loaded;
      const history = { metrics: [...kept.metrics], evaluations: [...kept.evaluations] };
      const run = Run.resume({ ...kept, ...history }, { world, tokenizer, judge, agents });
      await first?.();
      // The GPU may have gone while the run was being opened.
      if (this.#engine !== engine) throw new DeviceClosedError();
      const session = new Session(run, this.#sessionPorts(kept, tokenizer, loaded), kept.step);
      const { run: id, name, step } = kept;
      this.#hand = { run: id, name, session, loaded, unlock };
      this.#last = id;
      const exact = isExact(kept.provenance, provenance);
      emit({ kind: 'run.opened', run: id, name, config, origins: kept.origins ?? {}, step, ...history, exact });
      this.#watch(this.#watching);
      return this.#hand;
    } catch (error) {
      loaded?.destroy();
      unlock();
      throw error;
    }
  }

  #sessionPorts({ run: id, name, onnx, origins }: KeptRun, tokenizer: Tokenizer, loaded: LoadedAgents) {
    return {
      emit: (event: Event) => this.#ports.emit(event),
      capture: async (run: Run): Promise<KeptRun> => ({
        ...run.snapshot(),
        ...{ run: id, name: this.#hand?.name ?? name, finished: run.done, tokenizer: tokenizer.toJSON(), counters: {} },
        ...{ onnx, origins, agents: await loaded.states(), provenance: loaded.provenance },
      }),
      measure: <Result>(step: () => Promise<Result>) => loaded.meter.measure(step),
      keep: (kept: KeptRun) => this.#library.keep(kept),
      broken: () => {
        const step = this.#hand?.session.savedStep ?? 0;
        this.#drop();
        this.#ports.emit({ kind: 'run.status', status: 'idle', step });
      },
    };
  }

  /** Makes room on the GPU for what comes next: saves the run in hand, and pauses the queue. */
  async #clear(): Promise<void> {
    await this.#leave();
    await this.#reproducer.rest();
  }

  async #queue(work: () => Promise<void>): Promise<void> {
    this.#opened();
    const step = this.#hand?.session.run.completed;
    await this.#clear();
    if (step !== undefined) this.#ports.emit({ kind: 'run.status', status: 'idle', step });
    await work();
  }

  async #stop(): Promise<void> {
    const step = this.#hand?.session.run.completed ?? 0;
    await this.#leave();
    this.#ports.emit({ kind: 'run.status', status: 'idle', step });
  }

  async #rename(run: string, name: string): Promise<void> {
    const called = await this.#library.rename(run, name);
    if (this.#hand?.run === run) this.#hand.name = called;
  }

  /** A run in hand is let go of as it stands, so that it can be brought back; one that cannot be saved as it was. */
  async #remove(run: string): Promise<void> {
    if (this.#hand?.run === run) {
      const { session } = this.#hand;
      await session.close().catch(() => session.abandon());
      this.#drop();
      this.#ports.emit({ kind: 'run.status', status: 'idle', step: 0 });
    }
    await this.#library.remove(run);
  }

  async #export(run: string | null = this.#hand?.run ?? this.#last, format: ExportFormat = 'waltz'): Promise<void> {
    if (run === null) throw new NoRunError();
    const { emit, store } = this.#ports;
    const kept = this.#hand?.run === run ? await this.#hand.session.capture() : await store.load(run);
    const exported = await exportFile(kept, format);
    emit({ kind: 'run.exported', ...exported }, [exported.archive]);
  }

  /** From the next step on. A run in hand is told of at once. */
  #watch(on: boolean): void {
    this.#watching = on;
    if (!this.#hand) return;
    const { meter, provenance, trials } = this.#hand.loaded;
    meter.on = on;
    if (on) this.#ports.emit({ kind: 'performance.kernels', provenance, trials });
  }

  /** Saves the run in hand and lets go of it. If it cannot be saved, it stays in hand. */
  async #leave(): Promise<void> {
    await this.#hand?.session.close();
    this.#drop();
  }

  #drop(): void {
    const hand = this.#hand;
    this.#hand = null;
    if (hand) this.#safeStep = hand.session.savedStep;
    hand?.loaded.destroy();
    hand?.unlock();
  }

  #opened(): Engine {
    if (!this.#engine) throw new DeviceClosedError();
    return this.#engine;
  }

  async #loading(step: number, work: () => Promise<void>): Promise<void> {
    this.#ports.emit({ kind: 'run.status', status: 'loading', step });
    try {
      await work();
    } catch (error) {
      this.#ports.emit({ kind: 'run.status', status: 'idle', step });
      throw error;
    }
  }

  #withHand(work: (hand: Hand) => void): Promise<void> {
    return this.#turns.take(() => {
      if (!this.#hand) throw new NoRunError();
      work(this.#hand);
    });
  }
}
