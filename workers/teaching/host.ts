import type { Guest } from '../../src/checkpoint/guest';
import { tokenRules } from '../../src/checkpoint/guest-rules';
import type { GuestStore } from '../../src/checkpoint/guests';
import type { OpenChat, OpenedChat } from '../../src/chat/guest-chat';
import { Lesson } from '../../src/lab/teaching/lesson';
import { lessonCapacity, planLesson, type LessonPlan } from '../../src/lab/teaching/plan';
import {
  checkSettings,
  defaultSettings,
  lessonLora,
  lessonShape,
  type LessonSettings,
} from '../../src/lab/teaching/settings';
import { taughtGuest } from '../../src/lab/teaching/taught';
import { checkText, cut, readTextFile } from '../../src/lab/teaching/text';
import type { Backend } from '../../src/model/backend';
import type { LlamaConfig } from '../../src/model/config';
import type { LoraConfig } from '../../src/model/lora';
import { initialLora, mergeLora } from '../../src/model/lora-state';
import type { MemoryEstimates, MemoryNeed } from '../../src/model/memory';
import { startingState, type AgentState } from '../../src/model/state';
import type { TrainableModel } from '../../src/model/trainable-model';
import type { Question } from '../protocol/calls';
import { keepGuests } from '../trainer/guests';
import { Turns } from '../turns';
import type { LessonTask, Pupil, TeachingCalls, TeachingNews } from '../protocol/teaching';

export interface TeachingPorts {
  tell: (news: TeachingNews) => void;
  guests: Pick<GuestStore, 'load' | 'keep' | 'purge'>;
  /** One that has room for what is needed, where nobody wished for another. Throws where there is none. */
  openBackend: (need: (backend: MemoryEstimates) => MemoryNeed) => Promise<Backend>;
  openChat: OpenChat;
}

/** A model that cannot be taught, or a lesson that has taught nothing yet. */
export class TeachingError extends Error {
  override name = 'TeachingError';
}

/** Thrown out of a measurement that a pause cuts short; it is made anew when the lesson goes on. */
class CutShort extends Error {}

type Values = Float32Array<ArrayBuffer>;

/** A model that can be trained, and its words. */
interface Learner {
  guest: Guest;
  parameters: NonNullable<Guest['parameters']>;
  chat: OpenedChat;
}

type LessonCalls = Pick<TeachingCalls, 'teaching.measure' | 'teaching.learn'>;

/** A lesson and its model, open. */
interface OpenLesson {
  task: LessonTask;
  lesson: Lesson;
  model: Pick<TrainableModel, 'save'>;
}

/** Teaches one guest: at most one lesson at a time, on a backend of its own. */
export class TeachingHost {
  readonly #ports: TeachingPorts;
  #learner: Learner | null = null;
  #backend: Backend | null = null;
  /** Whether it was opened for adapters: not every backend computes them. */
  #forAdapters = false;
  #open: OpenLesson | null = null;
  /** Where the lesson can go on from, whatever happens to the GPU; null before its first step. */
  #saved: { task: LessonTask; step: number; measured: boolean; state: AgentState } | null = null;
  /** The text that was read last, since counting it again takes long. */
  #read: { text: string; ids: readonly number[] } | null = null;
  /** Raised by whoever ends or pauses what is under way. */
  #lesson = 0;
  readonly #turns = new Turns();

  constructor(ports: TeachingPorts) {
    this.#ports = ports;
  }

  async carryOut(call: Question<TeachingCalls>): Promise<TeachingCalls[keyof TeachingCalls]['answer']> {
    switch (call.kind) {
      case 'teaching.open':
        return await this.#meet(call.guest);
      case 'teaching.read':
        return await readTextFile(call.file);
      case 'teaching.plan':
        return await this.#turns.take(() => this.#plan(call.task));
      case 'teaching.measure':
      case 'teaching.learn': {
        const mine = ++this.#lesson;
        return await this.#turns.take(() => this.#teach(call, () => mine !== this.#lesson));
      }
      case 'teaching.pause':
        this.#lesson += 1;
        return null;
      case 'teaching.drop':
        this.#lesson += 1;
        return await this.#turns.take(() => {
          this.#saved = null;
          this.#free();
          return null;
        });
      case 'teaching.keep':
        return await this.#turns.take(() => this.#keep());
    }
  }

  async #meet(id: string): Promise<Pupil> {
    const guest = await this.#ports.guests.load(id);
    const { name, config, parameters } = guest;
    if (!parameters) throw new TeachingError('This model has ONNX weights only, which cannot be trained.');
    this.#learner?.chat.close();
    this.#learner = null;
    this.#learner = { guest, parameters, chat: await this.#ports.openChat(guest) };
    return { name, longest: config.max_position_embeddings, settings: defaultSettings(config) };
  }

  async #plan(task: LessonTask): Promise<LessonPlan> {
    const parts = await this.#cut(task);
    return planLesson(this.#pupil.guest.config, parts, task.settings, await this.#opened(task.settings, parts));
  }

  async #teach({ kind, task }: Question<LessonCalls>, stopped: () => boolean): Promise<null> {
    try {
      const open = await this.#begin(task);
      const { lesson } = open;
      while (!stopped()) {
        if (lesson.measurementDue) await this.#measure(open, stopped);
        else if (kind === 'teaching.measure' || lesson.done) break;
        else {
          const { step, loss } = await lesson.learn();
          this.#ports.tell({ kind: 'learned', step, loss });
        }
      }
      await this.#save(open);
      return null;
    } catch (error) {
      this.#free();
      this.#ports.tell({ kind: 'stands', step: this.#saved?.step ?? 0 });
      throw error;
    }
  }

  /** The lesson, open where it was left. */
  async #begin(task: LessonTask): Promise<OpenLesson> {
    if (this.#open && isSame(this.#open.task, task)) return this.#open;
    this.#free();
    if (this.#saved && !isSame(this.#saved.task, task)) this.#saved = null;
    const { guest, parameters } = this.#pupil;
    const parts = await this.#cut(task);
    const backend = await this.#opened(task.settings, parts);
    const lora = lessonLora(task.settings);
    const start = lora
      ? () => initialLora(guest.config, lora, task.settings.seed, 0)
      : () => startingState(guest.config, parameters);
    const pupil = this.#saved?.state ?? start();
    const { models } = await backend.open({ pupil }, lessonCapacity(parts, task.settings), {
      ...{ rules: tokenRules(guest), ...(lora && { base: parameters }) },
      progress: (done, total) => this.#ports.tell({ kind: 'preparing', done, total }),
    });
    const model = models.pupil;
    const lesson = new Lesson(model, parts, task.settings, this.#saved?.step, this.#saved?.measured);
    this.#open = { task, lesson, model };
    return this.#open;
  }

  async #measure(open: OpenLesson, stopped: () => boolean): Promise<void> {
    const { lesson } = open;
    const progress = (done: number, total: number) => {
      if (stopped()) throw new CutShort();
      this.#ports.tell({ kind: 'measuring', done, total });
    };
    try {
      const training = lesson.step === 0 || lesson.done ? await lesson.measure('training', progress) : null;
      const heldOut = await lesson.measure('heldOut', progress);
      this.#ports.tell({ kind: 'measured', step: lesson.step, heldOut, training });
      await this.#save(open);
    } catch (error) {
      if (!(error instanceof CutShort)) throw error;
    }
  }

  async #save({ task, lesson: { step, measured }, model }: OpenLesson): Promise<void> {
    if (step === 0) return;
    const state = this.#saved?.step === step ? this.#saved.state : await model.save();
    this.#saved = { task, step, measured, state };
  }

  async #keep(): Promise<{ guest: string; name: string }> {
    if (!this.#saved) throw new TeachingError('Nothing was learned yet. Teach some steps first.');
    const { task, step, state } = this.#saved;
    const { guest: taught, parameters } = this.#pupil;
    const learned = state.lora ? merged(taught.config, parameters, state.lora, state.parameters) : state.parameters;
    const guest = taughtGuest(taught, learned, { steps: step, text: task.text });
    const [id] = await keepGuests(this.#ports.guests, [{ guest, source: null }]);
    return { guest: id, name: guest.name };
  }

  get #pupil(): Learner {
    if (!this.#learner) throw new TeachingError('There is no model to teach. Open one first.');
    return this.#learner;
  }

  /** Throws `LessonTextError`, `LessonSettingsError` and what the chat throws. */
  async #cut({ text, settings }: LessonTask): Promise<ReturnType<typeof cut>> {
    const { guest, chat } = this.#pupil;
    checkText(text);
    checkSettings(settings, guest.config);
    if (this.#read?.text !== text) this.#read = { text, ids: await chat.tokens(text) };
    return cut(this.#read.ids, settings.length);
  }

  async #opened(settings: LessonSettings, parts: ReturnType<typeof cut>): Promise<Backend> {
    const forAdapters = settings.rank > 0;
    if (this.#backend && this.#forAdapters === forAdapters) return this.#backend;
    this.#free();
    const shape = lessonShape(this.#pupil.guest.config, settings);
    const need = (one: MemoryEstimates) => one.estimate([shape], lessonCapacity(parts, settings));
    const backend = (this.#backend = await this.#ports.openBackend(need));
    this.#forAdapters = forAdapters;
    void backend.lost.then(() => {
      if (this.#backend === backend) this.#free();
    });
    return backend;
  }

  /** Lets go of the backend and all that is open on it. */
  #free(): void {
    this.#backend?.close();
    this.#backend = null;
    this.#open = null;
  }
}

function merged(config: LlamaConfig, base: Values, lora: LoraConfig, adapters: Values): Values {
  const whole = base.slice();
  mergeLora(config, whole, lora, adapters);
  return whole;
}

const isSame = (a: LessonTask, b: LessonTask): boolean =>
  a.text === b.text && JSON.stringify(a.settings) === JSON.stringify(b.settings);
