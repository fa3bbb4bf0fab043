import type { Guest } from '../../src/checkpoint/guest';
import type { GuestStore } from '../../src/checkpoint/guests';
import { JudgeError, judgeNames, judges, type JudgeChoice, type JudgePorts } from '../../src/judges';
import { lengthOf, questionsOf, type Question } from '../../src/lab/measure/ask';
import type { OpenChat, OpenedChat } from '../../src/chat/guest-chat';
import { answerChat } from '../../src/lab/measure/answer-chat';
import { rememberLast } from '../../src/lab/measure/last-answers';
import { measure, type MeasuredAnswer } from '../../src/lab/measure/measure';
import { isFinished, modelFacts, promptFacts, type MeasurementHead } from '../../src/lab/measure/measurement';
import type { KeptMeasurement, MeasurementStore } from '../../src/lab/measure/measurement-store';
import { reportOf, Tally } from '../../src/lab/measure/report';
import { checkMeasureSettings, defaultMeasureSettings } from '../../src/lab/measure/settings';
import type { Agent } from '../../src/model/agent';
import { parameterLayout } from '../../src/model/layout';
import { limitPrompts } from '../../src/tasks/prompts';
import type { Question as Call } from '../protocol/calls';
import type { MeasurementOrder, MeasuringCalls, MeasuringNews, MeasuringOffer } from '../protocol/measuring';
import { REMOVAL_GRACE } from '../protocol/removal-grace';
import { Turns } from '../turns';
import { judgeAgainAndKeep } from './judge-again';
import { Judging } from './judging';
import { PromptFiles, type ReadPrompts } from './files';
import type { OpenAnswering, OpenedAnswering } from './open';

export interface MeasuringPorts {
  tell: (news: MeasuringNews) => void;
  guests: Pick<GuestStore, 'list' | 'load'>;
  measurements: MeasurementStore;
  open: OpenAnswering;
  openChat: OpenChat;
  readPrompts: ReadPrompts;
  /** How judges reach servers from here. */
  judging: Pick<JudgePorts, 'fetch' | 'unreachable'>;
}

/** A measurement with its model, open. */
interface OpenMeasurement {
  id: string;
  guestChat: OpenedChat;
  questions: Question[];
  model: OpenedAnswering;
  /** Which remembers the last batch, where its judge failed. */
  agent: Pick<Agent, 'generate'>;
}

/** Milliseconds that a batch may take once it is paused: an ONNX file of anyone's may compute forever. */
const PAUSING = 10_000;

/** A measurement that cannot be made. */
export class MeasuringError extends Error {
  override name = 'MeasuringError';
}

/** Prompts that are answered at first. */
const FIRST = 4;

/** Measures kept models on prompt files: one measurement at a time, kept batch by batch. */
export class MeasuringHost {
  readonly #ports: MeasuringPorts;
  readonly #files: PromptFiles;
  readonly #turns = new Turns();
  /** The model of the current measurement, kept open while it pauses. */
  #open: OpenMeasurement | null = null;
  readonly #judging: Judging;
  /** Of what is under way: whoever pauses it aborts. */
  #asked = new AbortController();

  constructor(ports: MeasuringPorts) {
    this.#ports = ports;
    this.#files = new PromptFiles(ports.readPrompts);
    this.#judging = new Judging({ ...ports, ...ports.judging });
  }

  async carryOut(call: Call<MeasuringCalls>): Promise<MeasuringCalls[keyof MeasuringCalls]['answer']> {
    const { measurements } = this.#ports;
    switch (call.kind) {
      case 'measuring.offer':
        return await this.#offer();
      case 'measuring.read':
        return await this.#files.read(call.file);
      case 'measuring.values':
        return this.#files.values(call.fileId, call.column);
      case 'measuring.drop':
        this.#files.drop(call.fileId);
        return null;
      case 'measuring.collect':
        return await this.#files.collect(call.files);
      case 'measuring.begin':
        return await this.#begin(call.order);
      case 'measuring.ask': {
        const { measurement, key } = call;
        const { signal } = this.#asked;
        return await this.#turns.take(() => this.#ask(measurement, key, signal));
      }
      case 'measuring.judge-again': {
        const { measurement, judge, key } = call;
        const { signal } = this.#asked;
        return await this.#turns.take(() => this.#judgeAgain(measurement, judge, key, signal));
      }
      case 'measuring.pause':
        this.#pause();
        return null;
      case 'measuring.list':
        return await measurements.list();
      case 'measuring.load': {
        const { head, answers, second } = await measurements.load(call.measurement);
        return { head, answers, second };
      }
      case 'measuring.remove':
        await measurements.purge(Date.now() - REMOVAL_GRACE);
        await measurements.remove(call.measurement);
        return null;
      case 'measuring.bring-back':
        await measurements.bringBack(call.measurement);
        return null;
    }
  }

  async #offer(): Promise<MeasuringOffer> {
    const { guests } = await this.#ports.guests.list();
    return {
      models: guests.map(({ id, name, config }) => ({ guest: id, name, parameters: parameterLayout(config).size })),
      judges: judgeNames.map((name) => {
        const { description, caveat, fields, takesKey, sends } = judges[name];
        return { name, description, caveat, fields, takesKey, sends };
      }),
      settings: defaultMeasureSettings,
    };
  }

  async #begin({ guest, files, judge: chosen, settings }: MeasurementOrder): Promise<MeasurementHead> {
    checkMeasureSettings(settings);
    const judge = await this.#judging.facts(chosen);
    const task = await this.#files.task(files);
    const prompts = limitPrompts(task.prompts, settings.limit);
    const head: MeasurementHead = {
      ...{ id: crypto.randomUUID(), guest, judge, settings, computed: null },
      model: await modelFacts(await this.#ports.guests.load(guest)),
      prompts: promptFacts(task),
      ...{
        startedAt: Date.now(),
        spent: 0,
        requests: 0,
        second: null,
        done: 0,
        total: prompts.length,
        report: reportOf([]),
      },
    };
    await this.#ports.measurements.begin(head, prompts);
    return head;
  }

  async #ask(id: string, key: string, signal: AbortSignal): Promise<MeasurementHead> {
    try {
      return await this.#answerAll(id, key, signal);
    } catch (error) {
      const ofJudge = error instanceof JudgeError || error === signal.reason;
      // Whatever else failed may be a GPU that is gone: the model is opened anew the next time.
      if (!ofJudge) this.#close();
      if (!signal.aborted) throw error;
      // It was ended in the middle of a batch.
      return (await this.#ports.measurements.load(id)).head;
    }
  }

  async #judgeAgain(id: string, judge: JudgeChoice, key: string, signal: AbortSignal): Promise<MeasurementHead> {
    const { measurements, tell } = this.#ports;
    const parts = { judging: this.#judging, measurements, tell };
    try {
      return await judgeAgainAndKeep(parts, id, judge, { key, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      return (await measurements.load(id)).head;
    }
  }

  #pause(): void {
    this.#asked.abort();
    this.#asked = new AbortController();
    const timer = setTimeout(() => this.#close(), PAUSING);
    void this.#turns.ended().then(() => clearTimeout(timer));
  }

  /** The measurement of the last call, or this one in its place. */
  async #opened({ head: { id, settings }, prompts }: KeptMeasurement, guest: Guest): Promise<OpenMeasurement> {
    if (this.#open?.id === id) return this.#open;
    this.#close();
    const { open, openChat, tell } = this.#ports;
    const guestChat = await openChat(guest);
    try {
      const { maxNewTokens } = settings;
      const positions = guest.config.max_position_embeddings;
      const questions = await questionsOf(prompts, answerChat(guestChat), { maxNewTokens, positions });
      const lengths = { length: lengthOf(questions, maxNewTokens), newTokens: maxNewTokens };
      const model = await open(guest, lengths, (done, total) => tell({ kind: 'preparing', done, total }));
      const agent = rememberLast(model.agent);
      this.#open = { id, guestChat, questions, model, agent };
      return this.#open;
    } catch (error) {
      guestChat.close();
      throw error;
    }
  }

  async #answerAll(id: string, key: string, signal: AbortSignal): Promise<MeasurementHead> {
    const { guests, measurements, tell } = this.#ports;
    const kept = await measurements.load(id);
    let { head } = kept;
    if (isFinished(head) || signal.aborted) return head;
    const guest = await guests.load(head.guest);
    if ((await modelFacts(guest)).hash !== head.model.hash) {
      throw new MeasuringError(`${head.model.name} is not the model any more that began this. Measure it anew.`);
    }
    const { guestChat, questions, model, agent } = await this.#opened(kept, guest);
    const { batch, backend, adapter } = model;
    const judge = await this.#judging.open(head.judge, key, kept.answers);
    const tally = new Tally();
    tally.add(kept.answers);
    const asked = head.requests;
    let began = performance.now();
    const add = async (answers: MeasuredAnswer[]) => {
      tally.add(answers);
      const spent = head.spent + performance.now() - began;
      began = performance.now();
      const progress = {
        report: tally.report(),
        computed: { backend, adapter },
        spent,
        requests: asked + judge.requests,
        done: head.done + answers.length,
      };
      await measurements.append(id, head.done, answers, progress);
      head = { ...head, ...progress };
      tell({ kind: 'answered', head, answers });
    };
    const options = { ...head.settings, batch, first: FIRST, from: head.done, signal };
    try {
      if (signal.aborted) return head;
      for await (const answers of measure({ agent, chat: answerChat(guestChat), judge }, questions, options)) {
        await add(answers);
        if (signal.aborted) return head;
      }
    } catch (error) {
      // Requests that came to nothing were sent all the same.
      if (head.requests < asked + judge.requests) await add([]);
      throw error;
    } finally {
      await judge.close();
    }
    this.#close();
    return head;
  }

  #close(): void {
    this.#open?.model.close();
    this.#open?.guestChat.close();
    this.#open = null;
  }
}
