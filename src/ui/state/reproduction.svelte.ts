import type { KeptResult } from '../../lab/reproduction/report';
import type { ReproductionOrder } from '../../lab/reproduction/order';
import type { QueueState, ReproductionCalls, ReproductionNews } from '../../../workers/protocol/reproduction';
import { presets } from '../../lab/config';
import { download } from '../files/download';
import type { Asks } from './commands.svelte';
import { remember, remembered } from './remembered';

export type Results = Omit<Extract<ReproductionNews, { kind: 'reproduce.results' }>, 'kind'>;
export type Offered = ReproductionCalls['reproduce.open']['answer'];

type QueueCall = 'reproduce.start' | 'reproduce.pause' | 'reproduce.resume' | 'reproduce.cancel';

/** What is safe whatever fails. */
const KEPT = 'Results and runs that were kept are untouched.';
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

  readonly #asks: Asks;

  constructor(asks: Asks) {
    this.#asks = asks;
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
    const answered = await this.#asks.ask('reproduce.open', { order }, 'Results could not be read', { kept: KEPT });
    if (answered) this.offered = answered.value;
  }

  start(): void {
    void this.#change('reproduce.start', { order: this.draft });
  }

  pause(): void {
    void this.#change('reproduce.pause', {});
  }

  resume(): void {
    void this.#change('reproduce.resume', {});
  }

  cancel(): void {
    void this.#change('reproduce.cancel', {});
  }

  /** Files of results, of `waltz` or of a page: all of them or none. */
  async import(files: readonly File[]): Promise<void> {
    const texts = await Promise.all(files.map((file) => file.text()));
    const called = files.map(({ name }) => name).join(', ');
    await this.#do('reproduce.import', { text: texts.join('\n') }, `${called}: not imported`);
  }

  async forget(name: string, results: string[]): Promise<void> {
    const answered = await this.#do('reproduce.forget', { results }, `${name} was not forgotten`);
    if (answered) this.forgotten = { name, text: answered.value };
  }

  async bringBack(): Promise<void> {
    const { name, text } = this.forgotten!;
    this.forgotten = null;
    await this.#do('reproduce.import', { text }, `${name} was not brought back`);
  }

  async export(): Promise<void> {
    const answered = await this.#do('reproduce.export', {}, 'The results were not exported');
    if (answered) download(answered.value.name, answered.value.text, 'application/jsonl');
  }

  hear(news: ReproductionNews): void {
    switch (news.kind) {
      case 'reproduce.state':
        this.queue = news;
        this.pending = false;
        return;
      case 'reproduce.results':
        this.results = news;
        return;
      case 'reproduce.kept':
        this.kept = news.results;
        return;
      case 'reproduce.failed':
        this.settle();
        return;
    }
  }

  /** What was under way comes to nothing. */
  settle(): void {
    this.pending = false;
  }

  async #change(kind: QueueCall, asked: ReproductionCalls[QueueCall]['asked']): Promise<void> {
    this.pending = true;
    await this.#do(kind, asked, 'The queue did not take this');
    this.settle();
  }

  #do<Kind extends keyof ReproductionCalls>(kind: Kind, asked: ReproductionCalls[Kind]['asked'], title: string) {
    return this.#asks.do(kind, asked, title, { kept: KEPT });
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
