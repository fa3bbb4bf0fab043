import { answering, perRole, type RoleName, roleNames } from '../../src/waltz/game/roles';
import { dance, type DanceEvent, type DanceRequest } from '../../src/lab/floor/dance';
import { environmentTalk, strangerTalk, type Talk } from '../../src/lab/floor/talk';
import { Interrupted } from '../../src/lab/run/interruptible';
import { environmentOf } from '../../src/lab/models/environment';
import type { TaskChoice } from '../../src/task/task-tag';
import type { OpenChat, OpenedChat } from '../../src/chat/guest-chat';
import type { TokenDecoder } from '../../src/model/agent';
import type { Question } from '../protocol/calls';
import { findModel, offeredModels, type ChosenModel, type ModelSources } from './models';
import type { CoupleChoice, CoupleRuntimes, FloorCalls, FloorNews, Runtime, Seat } from '../protocol/floor';
import { composePrompt, describeTasks, drawPrompt, readPrompt } from './worlds';

/** A model that is ready to dance. */
export interface OpenedModel {
  decoder: TokenDecoder;
  /** Most tokens of a dialogue. */
  length: number;
  /** What runs it, in words. */
  runtime: string;
  close(): Promise<void>;
}

export interface FloorPorts {
  tell: (news: FloorNews) => void;
  sources: ModelSources;
  /** Throws where the runtime or the model cannot be had. */
  open: (model: ChosenModel, runtime: Runtime) => Promise<OpenedModel>;
  openChat: OpenChat;
}

/** A model that cannot take this place. */
export class SeatError extends Error {
  override name = 'SeatError';
}

/** A model that takes part. Its weights are with what runs it, and nowhere else. */
interface Dancer extends OpenedModel {
  /** Whose words it speaks, null where they are its own. */
  task: TaskChoice | null;
  suppressTokens: readonly number[];
  /** Its own words, where no task has them. */
  chat: OpenedChat | null;
}

/** Milliseconds that a token may take once the dance is stopped: an ONNX file of anyone's may compute forever. */
const STOPPING = 2000;

/** Carries out the floor's calls: at most one dance at a time, with models that stay open as long as they are chosen. */
export class FloorHost {
  readonly #ports: FloorPorts;
  readonly #dancers = new Map<string, Promise<Dancer>>();
  /** Raised by whoever ends the current dance. */
  #dance = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: FloorPorts) {
    this.#ports = ports;
  }

  async carryOut(call: Question<FloorCalls>): Promise<FloorCalls[keyof FloorCalls]['answer']> {
    switch (call.kind) {
      case 'floor.models':
        return { models: await offeredModels(this.#ports.sources), tasks: describeTasks() };
      case 'floor.draw':
        return drawPrompt(call.task, call.set, call.seed);
      case 'floor.compose':
        return composePrompt(call.task, call.choices, call.seed);
      case 'floor.read':
        return readPrompt(call.task, call.text);
      case 'floor.stop':
        this.#stop();
        return null;
      case 'floor.dance': {
        const mine = ++this.#dance;
        const turn = this.#turn.then(() => this.#play(call.couples, call.request, () => mine !== this.#dance));
        // Whatever failed may be a GPU that is gone: the next dance opens its models anew.
        this.#turn = turn.catch(() => this.#dismiss([]));
        return { runtimes: await turn };
      }
    }
  }

  #stop(): void {
    this.#dance += 1;
    const timer = setTimeout(() => void this.#dismiss([]), STOPPING);
    void this.#turn.finally(() => clearTimeout(timer));
  }

  async #play(
    choices: readonly CoupleChoice[],
    request: DanceRequest,
    stopped: () => boolean,
  ): Promise<CoupleRuntimes[]> {
    await this.#dismiss(choices);
    const runtimes: CoupleRuntimes[] = [];
    for (const [at, choice] of choices.entries()) {
      if (stopped()) break;
      const { dancers, talk } = await this.#seat(choice, at, request.system);
      runtimes.push(perRole(({ name }) => dancers[name]?.runtime ?? null));
      try {
        const tell = (event: DanceEvent) => this.#ports.tell({ kind: 'dance', couple: at, event });
        await dance(dancers, talk, request, { tell, stopping: stopped });
      } catch (error) {
        if (error instanceof Interrupted) continue;
        if (!stopped()) throw error;
        // It was ended in the middle of a token.
        await this.#dismiss([]);
      }
    }
    return runtimes;
  }

  async #seat(
    choice: CoupleChoice,
    at: number,
    system: string | undefined,
  ): Promise<{ dancers: Record<RoleName, Dancer | null>; talk: Talk }> {
    const dancers = perRole((): Dancer | null => null);
    const answers = await this.#dancer(answering.name, choice[answering.name], at);
    const { task } = answers;
    for (const role of roleNames) {
      const seat = choice[role];
      if (role === answering.name || !seat) continue;
      if (task === null) {
        throw new SeatError('No other agent reads the words of this model. Let nobody advise, or do it yourself.');
      }
      const dancer = await this.#dancer(role, seat, at);
      if (dancer.task === null) {
        throw new SeatError(`This model never learned to be the ${role} agent. Choose another one, or nobody.`);
      }
      if (!sameWords(task, dancer.task)) {
        throw new SeatError(
          `The ${role} agent speaks other words than the ${answering.label}. Choose one of its level.`,
        );
      }
      dancers[role] = dancer;
    }
    dancers[answering.name] = answers;
    return {
      dancers,
      talk: task === null ? strangerTalk(answers.chat!, system) : environmentTalk(environmentOf(task)),
    };
  }

  #dancer(agent: RoleName, seat: Seat, couple: number): Promise<Dancer> {
    const key = keyOf(agent, seat);
    const known = this.#dancers.get(key);
    if (known) return known;
    this.#ports.tell({ kind: 'opening', couple, agent });
    const opened = (async () => {
      const { sources, open, openChat } = this.#ports;
      const model = await findModel(sources, seat.model, agent);
      const { words, rules } = model;
      const chat = 'guest' in words ? await openChat(words.guest) : null;
      const task = 'task' in words ? words.task : null;
      try {
        const opened = await open(model, seat.runtime);
        const close = async () => {
          chat?.close();
          await opened.close();
        };
        return { ...opened, task, chat, close, suppressTokens: rules.suppressTokens ?? [] };
      } catch (error) {
        chat?.close();
        throw error;
      }
    })();
    this.#dancers.set(key, opened);
    // One that failed is tried anew the next time.
    opened.catch(() => this.#dancers.delete(key));
    return opened;
  }

  /** Closes the models that are not chosen any more. */
  async #dismiss(choices: readonly CoupleChoice[]): Promise<void> {
    const chosen = new Set(
      choices.flatMap((choice) =>
        roleNames.flatMap((agent) => {
          const seat = choice[agent];
          return seat ? [keyOf(agent, seat)] : [];
        }),
      ),
    );
    for (const [key, dancer] of this.#dancers) {
      if (chosen.has(key)) continue;
      this.#dancers.delete(key);
      await dancer.then(
        (opened) => opened.close(),
        () => undefined,
      );
    }
  }
}

/** A game is told in one vocabulary. */
function sameWords(a: TaskChoice, b: TaskChoice): boolean {
  const [ours, theirs] = [a, b].map((choice) => JSON.stringify(environmentOf(choice).tokenizer.toJSON()));
  return ours === theirs;
}

const keyOf = (agent: RoleName, seat: Seat): string => JSON.stringify([agent, seat]);
