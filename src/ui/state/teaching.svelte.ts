import type { WorkerCalls } from '../../../workers/protocol/calls';
import type { LessonTask, Pupil, TeachingCalls, TeachingNews } from '../../../workers/protocol/teaching';
import type { LessonPlan } from '../../lab/teaching/plan';
import type { LessonSettings } from '../../lab/teaching/settings';
import { messageOf } from './problem';

/** What the state needs of the worker's client. */
export type TeachingWorker = Pick<WorkerCalls<TeachingCalls, TeachingNews>, 'ask'>;

/** What is under way. `pausing` until the step or the current measurement has ended. */
export type Doing = 'nothing' | 'opening' | 'measuring' | 'learning' | 'pausing' | 'keeping';

/** Mean losses in nats a token, null where nothing was measured. */
export interface LossRow {
  step: number;
  /** Of the whole training part before the first step and after the last, else of the step's sequences. */
  training: number | null;
  heldOut: number | null;
}

/** Milliseconds without a keystroke before a text is counted anew. */
const STILL = 250;

/** A guest that is taught a text: the text, the settings, and how the lesson goes. */
export class Teaching {
  pupil = $state.raw<Pupil | null>(null);
  text = $state('');
  settings = $state.raw<LessonSettings | null>(null);
  /** What the lesson comes to; null while that is not known. */
  plan = $state.raw<LessonPlan | null>(null);
  /** Why there is no plan, or ''. */
  refusal = $state('');
  doing = $state<Doing>('opening');
  /** Kernels or sequences on the way to the next step, while there are any. */
  progress = $state.raw<{ what: 'preparing' | 'measuring'; done: number; total: number } | null>(null);
  rows = $state.raw<readonly LossRow[]>([]);
  /** Milliseconds left at the present rate, null until it is known. */
  remaining = $state<number | null>(null);
  problem = $state('');
  /** The problem left the lesson where it can go on or be kept. */
  stands = $state(false);
  /** The model that was kept, and the step that it is of. */
  kept = $state.raw<{ name: string; step: number } | null>(null);

  readonly #worker: TeachingWorker;
  #plans = 0;
  #counting: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When and after which step the current steps began. */
  #begun = { at: 0, step: 0 };

  /** @param connect opens the worker; `hear` is to be called with its news. */
  constructor(connect: (hear: (news: TeachingNews) => void) => TeachingWorker) {
    this.#worker = connect((news) => this.#hear(news));
  }

  /** Steps done. */
  get step(): number {
    return this.rows.at(-1)?.step ?? 0;
  }

  /** A lesson has its text and settings from its first step to its end. */
  get settled(): boolean {
    return this.step > 0 || (this.doing !== 'nothing' && this.doing !== 'opening');
  }

  /** All steps are done, and what they came to is measured. */
  get finished(): boolean {
    const last = this.rows.at(-1);
    return last !== undefined && last.step === this.settings?.steps && last.heldOut !== null;
  }

  /** Why nothing can be measured or learned now, or ''. */
  get obstacle(): string {
    if (this.text.trim() === '') return 'There is no text yet.';
    if (this.refusal !== '') return this.refusal;
    if (!this.plan) return 'The text is being counted.';
    return 'refusal' in this.plan.memory ? this.plan.memory.refusal : '';
  }

  async open(guest: string): Promise<void> {
    try {
      this.pupil = await this.#worker.ask('teaching.open', { guest });
      this.settings = this.pupil.settings;
      this.#plan();
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.doing = 'nothing';
  }

  write(text: string): void {
    this.text = text;
    this.problem = '';
    this.#plan();
  }

  /** The text of a file, in place of the one that is there. */
  async take(file: Blob): Promise<void> {
    if (this.settled) return;
    try {
      this.write(await this.#worker.ask('teaching.read', { file }));
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  set(setting: keyof LessonSettings, value: number): void {
    if (!this.settings) return;
    this.settings = { ...this.settings, [setting]: value };
    this.problem = '';
    this.#plan();
  }

  async measure(): Promise<void> {
    await this.#do('measuring', (task) => this.#worker.ask('teaching.measure', { task }));
  }

  /** Begins, or goes on. */
  async learn(): Promise<void> {
    this.#begun = { at: performance.now(), step: this.step };
    await this.#do('learning', (task) => this.#worker.ask('teaching.learn', { task }));
  }

  async pause(): Promise<void> {
    this.doing = 'pausing';
    await this.#worker.ask('teaching.pause', {});
  }

  /** Forgets what was learned; the text stays. */
  async drop(): Promise<void> {
    if (this.doing !== 'nothing') this.doing = 'pausing';
    this.problem = '';
    try {
      await this.#worker.ask('teaching.drop', {});
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.#forget();
  }

  /** Answers whether it is kept. */
  async keep(): Promise<boolean> {
    const { step } = this;
    await this.#do('keeping', async () => {
      const { name } = await this.#worker.ask('teaching.keep', {});
      this.kept = { name, step };
    });
    return this.kept?.step === step;
  }

  async #do(doing: Doing, work: (task: LessonTask) => Promise<unknown>): Promise<void> {
    if (this.doing !== 'nothing' || !this.settings) return;
    this.doing = doing;
    this.problem = '';
    this.stands = false;
    try {
      await work({ text: this.text, settings: this.settings });
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.doing = 'nothing';
    this.progress = null;
    this.remaining = null;
  }

  /** Of several plans the last one counts. What was measured was of another one. */
  #plan(): void {
    this.#forget();
    this.plan = null;
    this.refusal = '';
    const mine = ++this.#plans;
    clearTimeout(this.#timer);
    if (this.text.trim() === '') return;
    // One at a time: a long text takes seconds.
    this.#timer = setTimeout(() => {
      this.#counting = this.#counting.then(() => this.#count(mine));
    }, STILL);
  }

  async #count(mine: number): Promise<void> {
    if (mine !== this.#plans || !this.settings) return;
    const task = { text: this.text, settings: this.settings };
    try {
      const plan = await this.#worker.ask('teaching.plan', { task });
      if (mine === this.#plans) this.plan = plan;
    } catch (error) {
      if (mine === this.#plans) this.refusal = messageOf(error);
    }
  }

  #forget(): void {
    this.rows = [];
    this.kept = null;
  }

  #hear(news: TeachingNews): void {
    switch (news.kind) {
      case 'preparing':
      case 'measuring': {
        const { kind: what, done, total } = news;
        this.progress = { what, done, total };
        return;
      }
      case 'measured': {
        const { step, heldOut, training } = news;
        const row = this.rows.find((each) => each.step === step);
        this.#add({ step, training: training ?? row?.training ?? null, heldOut });
        return;
      }
      case 'learned': {
        const { step, loss } = news;
        this.#add({ step, training: loss, heldOut: null });
        const done = step - this.#begun.step;
        const each = (performance.now() - this.#begun.at) / done;
        this.remaining = this.settings && each * (this.settings.steps - step);
        return;
      }
      case 'stands':
        this.rows = this.rows.filter(({ step }) => step <= news.step);
        this.stands = news.step > 0;
        return;
    }
  }

  #add(row: LossRow): void {
    this.progress = null;
    this.rows = [...this.rows.filter(({ step }) => step < row.step), row];
  }
}
