import * as v from 'valibot';
import { parseConfig } from '../../src/lab/config';
import type { KeptRun } from '../../src/lab/run/run-format';
import { wireError } from './answer';
import { beginRun, estimateRun } from './beginning';
import { exportFile } from './export';
import { Guests } from './guests';
import { RunHolder, NoRunError } from './run-holder';
import { Importer } from './importer';
import { Library } from './library';
import type { Backend, SelfCheck } from '../../src/model/backend';
import type { Ports } from './ports';
import type { Command } from '../protocol/trainer';
import type { ExportFormat } from '../protocol/run';
import { Reproducer } from './reproduction/reproducer';
import type { TrainingSession } from './training-session';
import { Turns } from '../turns';

export class DeviceClosedError extends Error {
  override name = 'DeviceClosedError';

  constructor() {
    super('The GPU is not open. Open it again, then go on.');
  }
}

type StartCommand = Extract<Command, { kind: 'run.start' }>;
type EstimateCommand = Extract<Command, { kind: 'run.estimate' }>;

const uuid = v.pipe(v.string(), v.uuid());

/** Carries out commands over one GPU, one store and at most one run in hand. */
export class Conductor {
  readonly #ports: Ports;
  readonly #library: Library;
  readonly #importer: Importer;
  readonly #guests: Guests;
  readonly #reproducer: Reproducer;
  readonly #holder: RunHolder;
  #open: { backend: Backend; selfCheck: SelfCheck } | null = null;
  /** What changes the run in hand. */
  readonly #turns = new Turns();

  constructor(ports: Ports) {
    this.#ports = ports;
    const { store, emit } = ports;
    const ours = () => undefined;
    const holds = (run: string) => this.#holder.holds(run) || this.#reproducer.holds(run);
    const lock = (run: string) => (holds(run) ? Promise.resolve(ours) : ports.lock(run));
    this.#library = new Library({ store, emit, lock });
    this.#holder = new RunHolder({
      ...ports,
      backend: () => this.#backend(),
      keep: async (kept) => {
        await this.#library.keep(kept);
        await this.#reproducer.heard(kept);
      },
    });
    this.#importer = new Importer(ports);
    this.#guests = new Guests(ports);
    this.#reproducer = new Reproducer({
      ...ports,
      openBackend: () => this.#open?.backend ?? null,
      backend: () => this.#backend(),
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
        return this.#withHeld((session) => session.go());
      case 'run.step':
        return this.#withHeld((session) => session.step());
      case 'run.pause':
        // At once, even while something else waits for the step in hand to end.
        this.#holder.session?.pause();
        return this.#withHeld((session) => session.pause());
      case 'run.evaluate':
        return this.#withHeld(() => undefined).then(() => this.#holder.session?.evaluate(command.prompts));
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
        return this.#turns.take(() => this.#importer.look(command, this.#open?.backend ?? this.#ports.estimates));
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
        return this.#turns.take(() => this.#holder.watch(command.on));
      case 'performance.forget':
        return this.#turns.take(() => this.#backend().forgetTuning());
      case 'reproduce.open':
        return this.#turns.take(() => this.#reproducer.open(command.order, this.#holder.session === null));
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
      case 'reproduce.forget':
        return this.#turns.take(() => this.#reproducer.forget(command.results));
      case 'reproduce.export':
        return this.#turns.take(() => this.#reproducer.export());
    }
  }

  async #openDevice(): Promise<void> {
    const { emit } = this.#ports;
    this.#open ??= await this.#openBackend();
    const {
      backend: { adapter },
      selfCheck,
    } = this.#open;
    await this.#library.purge();
    emit({ kind: 'device.ready', adapter, selfCheck, ...(await this.#library.list()) });
    try {
      await this.#reproducer.recall(this.#holder.session === null);
    } catch (error) {
      // The GPU is open all the same.
      emit({ kind: 'error', id: null, of: 'reproduce.resume', error: wireError(error) });
    }
  }

  async #openBackend(): Promise<{ backend: Backend; selfCheck: SelfCheck }> {
    const backend = await this.#ports.openBackend();
    const progress = (done: number, total: number) =>
      this.#ports.emit({ kind: 'progress', phase: 'pipelines', done, total });
    const selfCheck = await backend.selfCheck(progress).catch((error: unknown) => {
      backend.close();
      throw error;
    });
    void backend.lost.then(({ reason }) => {
      if (this.#open?.backend === backend) this.#lose(reason);
    });
    return { backend, selfCheck };
  }

  #lose(reason: string): void {
    this.#open = null;
    const step = this.#holder.lose();
    this.#ports.emit({ kind: 'device.lost', reason, step });
    this.#ports.emit({ kind: 'run.status', status: 'idle', step: step ?? 0 });
  }

  async #begin({ config: unchecked, agents = {}, kernels }: StartCommand): Promise<void> {
    const config = parseConfig(unchecked);
    const backend = this.#backend();
    await this.#clear();
    await this.#loading(0, async () => {
      const kept = await beginRun(config, agents, this.#ports, backend.provenance);
      const unlock = await this.#ports.lock(kept.run);
      const session = await this.#holder.take(kept, unlock, { first: () => this.#library.keep(kept), kernels });
      session.go();
    });
  }

  async #estimate({ config: unchecked, agents = {} }: EstimateCommand): Promise<void> {
    const config = parseConfig(unchecked);
    const memory = await estimateRun(config, agents, this.#ports, this.#backend());
    this.#ports.emit({ kind: 'run.estimated', config, memory });
  }

  async #restore(run: string): Promise<void> {
    // Without a GPU the run in hand is not given up for one that could not be opened.
    this.#backend();
    await this.#clear();
    await this.#loading(0, async () => {
      const unlock = await this.#ports.lock(run);
      const kept = await this.#ports.store.load(run).catch((error: unknown) => {
        unlock();
        throw error;
      });
      const session = await this.#holder.take(kept, unlock);
      session.announce();
    });
  }

  async #import(): Promise<void> {
    const offer = this.#importer.take();
    if (offer.kind === 'run') await this.#importRun(offer.run);
    else await this.#guests.keep(offer.guests.map(({ guest }) => guest));
  }

  async #importRun(read: KeptRun): Promise<void> {
    this.#backend();
    const { store, lock } = this.#ports;
    const { runs, aside } = await store.list();
    // This run may have gone on since: the imported one stands beside it.
    const taken = [...runs, ...aside].some(({ run }) => run === read.run);
    const name = taken ? `${read.name} (imported)` : read.name;
    // A queue knows its runs by what they are of, which is not for a file to say.
    const kept = taken || !v.is(uuid, read.run) ? { ...read, run: crypto.randomUUID(), name } : read;
    await this.#clear();
    await this.#loading(kept.step, async () => {
      const session = await this.#holder.take(kept, await lock(kept.run), { first: () => this.#library.keep(kept) });
      session.announce();
    });
  }

  /** Makes room on the GPU for what comes next: saves the run in hand, and pauses the queue. */
  async #clear(): Promise<void> {
    await this.#holder.leave();
    await this.#reproducer.rest();
  }

  async #queue(work: () => Promise<void>): Promise<void> {
    this.#backend();
    const step = this.#holder.session?.run.completed;
    await this.#clear();
    if (step !== undefined) this.#ports.emit({ kind: 'run.status', status: 'idle', step });
    await work();
  }

  async #stop(): Promise<void> {
    const step = this.#holder.session?.run.completed ?? 0;
    await this.#holder.leave();
    this.#ports.emit({ kind: 'run.status', status: 'idle', step });
  }

  async #rename(run: string, name: string): Promise<void> {
    this.#holder.rename(run, await this.#library.rename(run, name));
  }

  async #remove(run: string): Promise<void> {
    if (this.#holder.holds(run)) await this.#holder.giveUp();
    await this.#library.remove(run);
  }

  async #export(run: string | null = this.#holder.last, format: ExportFormat = 'waltz'): Promise<void> {
    if (run === null) throw new NoRunError();
    const { emit, store } = this.#ports;
    const session = this.#holder.holds(run) ? this.#holder.session : null;
    const kept = await (session?.capture() ?? store.load(run));
    const exported = await exportFile(kept, format);
    emit({ kind: 'run.exported', ...exported }, [exported.archive]);
  }

  #backend(): Backend {
    if (!this.#open) throw new DeviceClosedError();
    return this.#open.backend;
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

  #withHeld(work: (session: TrainingSession) => void): Promise<void> {
    return this.#turns.take(() => work(this.#holder.held()));
  }
}
