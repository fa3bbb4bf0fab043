import type { CommandBody, Event } from '../../../workers/protocol/trainer';
import type { KeptResult } from '../../lab/reproduction/report';
import type { ReproductionOrder } from '../../lab/reproduction/order';
import { presets } from '../../lab/config';
import { download } from '../files/download';
import { remember, remembered } from './remembered';

export type QueueState = Omit<Extract<Event, { kind: 'reproduce.state' }>, 'kind'>;
export type Results = Omit<Extract<Event, { kind: 'reproduce.results' }>, 'kind'>;
export type Offered = Extract<Event, { kind: 'reproduce.tables' }>['tables'];

const key = 'waltz.reproduce';
const first: ReproductionOrder = { tables: ['table1'], preset: 'standard', seeds: 3, prompts: 512 };

/** What the page knows of tables that are reproduced. The worker has the queue; this asks and listens. */
export class Reproduction {
  offered = $state.raw<Offered>([]);
  queue = $state.raw<QueueState | null>(null);
  results = $state.raw<Results | null>(null);
  /** Every result that is kept here, the newest first. */
  kept = $state.raw<readonly KeptResult[]>([]);
  /** What was forgotten last, while the page offers to bring it back. */
  forgotten = $state.raw<{ name: string; text: string } | null>(null);
  /** What the visitor would like; remembered where storage is allowed. */
  draft = $state.raw<ReproductionOrder>(rememberedOrder());
  /** A click has been sent and has not taken effect yet. */
  pending = $state(false);

  #command: (command: CommandBody, title: string) => Promise<void>;
  /** What is being forgotten is called this. */
  #forgetting = '';

  /** @param command sends one, and reports under this title what comes of it if that is no good. */
  constructor(command: (command: CommandBody, title: string) => Promise<void>) {
    this.#command = command;
  }

  /** There is a queue, here or in another tab: its order is what the page shows. */
  get queued(): boolean {
    return this.queue !== null && this.queue.status !== 'none';
  }

  get order(): ReproductionOrder {
    return this.queued ? this.queue!.order : this.draft;
  }

  choose(draft: ReproductionOrder): void {
    this.draft = draft;
    remember(key, JSON.stringify(draft));
  }

  /** Asks what there is of an order, or for the queue if there is one. */
  async look(order: ReproductionOrder): Promise<void> {
    await this.#command({ kind: 'reproduce.open', order }, 'Results could not be read');
  }

  start(): void {
    this.#ask({ kind: 'reproduce.start', order: this.draft });
  }

  pause(): void {
    this.#ask({ kind: 'reproduce.pause' });
  }

  resume(): void {
    this.#ask({ kind: 'reproduce.resume' });
  }

  cancel(): void {
    this.#ask({ kind: 'reproduce.cancel' });
  }

  /** Files of results, of `waltz` or of a page: all of them or none. */
  async import(files: readonly File[]): Promise<void> {
    const texts = await Promise.all(files.map((file) => file.text()));
    const called = files.map(({ name }) => name).join(', ');
    await this.#command({ kind: 'reproduce.import', text: texts.join('\n') }, `${called}: not imported`);
  }

  async forget(name: string, results: string[]): Promise<void> {
    this.#forgetting = name;
    await this.#command({ kind: 'reproduce.forget', results }, `${name} was not forgotten`);
  }

  async bringBack(): Promise<void> {
    const { name, text } = this.forgotten!;
    this.forgotten = null;
    await this.#command({ kind: 'reproduce.import', text }, `${name} was not brought back`);
  }

  export(): void {
    void this.#command({ kind: 'reproduce.export' }, 'The results were not exported');
  }

  hear(event: Event): void {
    switch (event.kind) {
      case 'reproduce.tables':
        this.offered = event.tables;
        return;
      case 'reproduce.state':
        this.queue = event;
        this.pending = false;
        return;
      case 'reproduce.results':
        this.results = event;
        return;
      case 'reproduce.kept':
        this.kept = event.results;
        return;
      case 'reproduce.exported':
        download(event.name, event.text, 'application/jsonl');
        return;
      case 'reproduce.forgotten':
        this.forgotten = { name: this.#forgetting, text: event.text };
        return;
      case 'error':
      case 'device.lost':
        this.pending = false;
        return;
      default:
        return;
    }
  }

  #ask(command: CommandBody): void {
    this.pending = true;
    void this.#command(command, 'The queue did not take this');
  }
}

function rememberedOrder(): ReproductionOrder {
  try {
    const found = JSON.parse(remembered(key) ?? 'null') as Partial<ReproductionOrder> | null;
    const order = { ...first, ...found };
    const counts = [order.seeds, order.prompts].every((count) => Number.isInteger(count) && count > 0);
    // An order without tables is never looked up, so that the list of tables to choose from would not come either.
    const tables = Array.isArray(order.tables) && order.tables.length > 0;
    return counts && tables && Object.hasOwn(presets, order.preset) ? order : first;
  } catch {
    return first;
  }
}
