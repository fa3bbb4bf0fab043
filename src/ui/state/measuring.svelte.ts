import type {
  MeasuredAnswer,
  MeasurementHead,
  MeasureSettings,
  MeasuringNews,
  MeasuringOffer,
  Verdict,
} from '../../../workers/protocol/measuring';
import type { MeasuringClient } from '../measure/client';
import { JudgePick } from './judge-pick.svelte';
import { messageOf } from './problem';
import { PromptChoice } from './prompt-choice.svelte';

/**
 * What is under way. `opening` until the first batch is being answered, `judging` while a second judge is at work, `pausing`
 * until the current batch is done.
 */
export type MeasuringStatus = 'idle' | 'opening' | 'asking' | 'judging' | 'pausing';

/** Milliseconds that a pause may take before the worker is ended. */
const PATIENCE = 5000;

/** The Measure page: what is to be measured, the measurement on show, and those that are kept. */
export class Measuring {
  offer = $state.raw<MeasuringOffer | null>(null);
  guest = $state('');
  readonly judge = new JudgePick(() => this.offer);
  /** Who judges the answers on show once more. */
  readonly secondJudge = new JudgePick(() => this.offer);
  settings = $state.raw<MeasureSettings | null>(null);
  readonly prompts: PromptChoice;

  /** The measurement on show. */
  head = $state.raw<MeasurementHead | null>(null);
  answers = $state.raw<readonly MeasuredAnswer[]>([]);
  /** Verdicts of its second judge, as far as that is; null of what was not asked. */
  second = $state.raw<readonly (Verdict | null)[]>([]);
  status = $state<MeasuringStatus>('idle');
  /** Kernels that are compiled, while they are. */
  preparing = $state.raw<{ done: number; total: number } | null>(null);

  /** Newest first; null until the store has told. */
  kept = $state.raw<readonly MeasurementHead[] | null>(null);
  /** The one that was deleted last, while the page offers to bring it back. */
  removed = $state.raw<{ id: string; name: string } | null>(null);

  /** What went wrong, each beside what it is about. */
  problem = $state('');
  secondProblem = $state('');
  settingsProblem = $state('');
  listProblem = $state('');

  readonly #connect: (hear: (news: MeasuringNews) => void) => MeasuringClient;
  #worker: MeasuringClient;

  /** @param connect opens the worker; `hear` is to be called with its news. */
  constructor(connect: (hear: (news: MeasuringNews) => void) => MeasuringClient) {
    this.#connect = connect;
    this.#worker = connect((news) => this.#hear(news));
    this.prompts = new PromptChoice(() => this.#worker);
  }

  get busy(): boolean {
    return this.status !== 'idle';
  }

  /** Asked anew each time: it changes while something is awaited. */
  get #pausing(): boolean {
    return this.status === 'pausing';
  }

  /** Why nothing can be measured now, or ''. */
  get obstacle(): string {
    if (!this.offer) return 'the models are not known yet';
    if (this.offer.models.length === 0) return 'import a model first';
    return this.prompts.obstacle;
  }

  /** Milliseconds that the rest takes, null before that can be told. */
  get remaining(): number | null {
    const { head } = this;
    return head && head.done > 0 ? (head.spent / head.done) * (head.total - head.done) : null;
  }

  /** Asks what there is, and chooses `guest` where it is; a measurement that was under way is shown, to be gone on with. */
  async look(guest: string | null = null): Promise<void> {
    try {
      this.offer = await this.#worker.ask('measuring.offer', {});
      const { models, judges, settings } = this.offer;
      const chosen = [guest, this.guest].find((one) => models.some((model) => model.guest === one));
      this.guest = chosen ?? models[0]?.guest ?? '';
      for (const pick of [this.judge, this.secondJudge]) if (pick.name === '') pick.choose(judges[0].name);
      this.settings ??= settings;
      const { kept } = await this.#worker.ask('measuring.list', {});
      this.kept = kept;
      const [newest] = kept;
      if (!this.head && newest && newest.done < newest.total) await this.show(newest.id);
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  set(change: Partial<MeasureSettings>): void {
    if (this.settings) this.settings = { ...this.settings, ...change };
    this.settingsProblem = '';
  }

  /** Begins a measurement and answers it to its end or to a pause. */
  async start(): Promise<void> {
    if (this.obstacle !== '' || this.busy || !this.settings) return;
    const { guest, settings } = this;
    this.#forgive();
    this.status = 'opening';
    try {
      const files = this.prompts.order();
      const judge = this.judge.choice;
      this.head = await this.#worker.ask('measuring.begin', { order: { guest, files, judge, settings } });
      this.answers = [];
      this.second = [];
    } catch (error) {
      this.status = 'idle';
      this.#place(error);
      return;
    }
    if (this.#pausing) {
      // Paused before it was asked anything.
      this.status = 'idle';
      this.#put(this.head);
      return;
    }
    await this.goOn();
  }

  /** Goes on with the measurement on show. */
  async goOn(): Promise<void> {
    const { head } = this;
    if (!head || (this.busy && this.status !== 'opening')) return;
    this.problem = '';
    this.status = 'opening';
    this.#put(head);
    await this.#work(
      (worker) => worker.ask('measuring.ask', { measurement: head.id, key: this.judge.key }),
      (message) => (this.problem = message),
    );
  }

  /** Has the second judge judge the answers on show, or go on with them. */
  async judgeAgain(): Promise<void> {
    const { head, secondJudge } = this;
    if (!head || this.busy) return;
    this.secondProblem = '';
    secondJudge.problem = '';
    this.status = 'judging';
    const { choice, key } = secondJudge;
    if (head.second === null || head.second.done === 0) this.second = [];
    await this.#work(
      (worker) => worker.ask('measuring.judge-again', { measurement: head.id, judge: choice, key }),
      (message, name) => {
        if (name === 'JudgeSettingsError') secondJudge.problem = message;
        else this.secondProblem = message;
      },
    );
  }

  /** Until it is done or paused; what a worker has to say that was ended by a cancel is nothing any more. */
  async #work(
    ask: (worker: MeasuringClient) => Promise<MeasurementHead>,
    fail: (message: string, name: string) => void,
  ): Promise<void> {
    const worker = this.#worker;
    try {
      this.#put(await ask(worker));
    } catch (error) {
      if (worker === this.#worker) fail(messageOf(error), nameOf(error));
    }
    if (worker !== this.#worker) return;
    this.status = 'idle';
    this.preparing = null;
  }

  async pause(): Promise<void> {
    if (!this.busy) return;
    this.status = 'pausing';
    await this.#worker.ask('measuring.pause', {});
  }

  /** Ends the measurement on show and deletes it; it can be brought back. A worker that does not pause is ended. */
  async cancel(): Promise<void> {
    const { head } = this;
    if (!head) return;
    if (this.busy) {
      void this.pause().catch(() => undefined);
      const until = performance.now() + PATIENCE;
      while (this.busy && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
      if (this.busy) await this.#reconnect();
    }
    await this.remove(head);
  }

  /** A kept measurement with its answers. */
  async show(id: string): Promise<void> {
    if (this.busy) return;
    this.listProblem = '';
    this.problem = '';
    try {
      const { head, answers, second } = await this.#worker.ask('measuring.load', { measurement: id });
      this.head = head;
      this.answers = answers;
      this.second = second;
    } catch (error) {
      this.listProblem = messageOf(error);
    }
  }

  async remove({ id, model }: MeasurementHead): Promise<void> {
    await this.#list(async () => {
      await this.#worker.ask('measuring.remove', { measurement: id });
      this.removed = { id, name: `the measurement of ${model.name}` };
      if (this.head?.id !== id) return;
      this.head = null;
      this.answers = [];
      this.second = [];
    });
  }

  async bringBack(): Promise<void> {
    const { removed } = this;
    if (!removed) return;
    await this.#list(async () => {
      await this.#worker.ask('measuring.bring-back', { measurement: removed.id });
      this.removed = null;
    });
    if (!this.head) await this.show(removed.id);
  }

  async #list(work: () => Promise<void>): Promise<void> {
    this.listProblem = '';
    try {
      await work();
      this.kept = (await this.#worker.ask('measuring.list', {})).kept;
    } catch (error) {
      this.listProblem = messageOf(error);
    }
  }

  /** Ends the worker, whatever it is at; what it kept is untouched. */
  async #reconnect(): Promise<void> {
    this.#worker.close();
    this.#worker = this.#connect((news) => this.#hear(news));
    this.status = 'idle';
    this.preparing = null;
    await this.prompts.readAgain();
  }

  #forgive(): void {
    this.problem = '';
    this.judge.problem = '';
    this.secondProblem = '';
    this.settingsProblem = '';
  }

  /** Tells an error beside what it is about. */
  #place(error: unknown): void {
    const name = nameOf(error);
    if (name === 'JudgeSettingsError') this.judge.problem = messageOf(error);
    else if (name === 'MeasureSettingsError') this.settingsProblem = messageOf(error);
    else this.problem = messageOf(error);
  }

  #hear(news: MeasuringNews): void {
    if (news.kind === 'preparing') {
      const { done, total } = news;
      this.preparing = done < total ? { done, total } : null;
      return;
    }
    if (news.head.id !== this.head?.id) return;
    this.preparing = null;
    if (news.kind === 'judged') {
      this.second = [...this.second.slice(0, news.from), ...news.verdicts];
    } else {
      if (this.status === 'opening') this.status = 'asking';
      this.answers = [...this.answers, ...news.answers];
    }
    this.#put(news.head);
  }

  /** A measurement on show as it stands now, and in the list. */
  #put(head: MeasurementHead): void {
    this.head = head;
    const others = (this.kept ?? []).filter(({ id }) => id !== head.id);
    this.kept = [head, ...others].sort((a, b) => b.startedAt - a.startedAt);
  }
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : '');
