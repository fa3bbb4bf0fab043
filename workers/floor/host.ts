import { readFeedback } from '../../src/tasks/masquerade/feedback-text';
import { type AgentName, agentNames } from '../../src/waltz/game/roles';
import { dance, type Couple, type DanceRequest, type Referee } from '../../src/lab/floor/dance';
import { guestAnswerer } from '../../src/chat/template';
import { taskAdviser, taskAnswerer, taskReferee } from '../../src/lab/floor/task-couple';
import { environmentOf } from '../../src/lab/models/environment';
import type { TokenDecoder } from '../../src/model/agent';
import type { Question } from '../protocol/calls';
import { findModel, offeredModels, type ChosenModel, type ModelSources } from './models';
import type { CoupleChoice, CoupleRuntimes, FloorCalls, FloorNews, Runtime, Seat } from '../protocol/floor';
import { composePrompt, describeWorlds, drawPrompt, readPrompt } from './worlds';

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
}

/** A model that cannot take this place. */
export class SeatError extends Error {
  override name = 'SeatError';
}

/** A model that takes part, and what it is. */
interface Dancer extends OpenedModel {
  model: ChosenModel;
}

/** For talk that no world knows: the visitor may advise. */
const stranger: Referee = {
  read: () => null,
  judge: () => {
    throw new SeatError('No world knows this talk, so there is nothing to judge it by.');
  },
  parseFeedback: readFeedback,
};

/** Carries out the floor's calls: at most one dance at a time, with models that stay open as long as they are chosen. */
export class FloorHost {
  readonly #ports: FloorPorts;
  readonly #dancers = new Map<string, Promise<Dancer>>();
  /** Raised by whoever ends the dance in hand. */
  #dance = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: FloorPorts) {
    this.#ports = ports;
  }

  async carryOut(call: Question<FloorCalls>): Promise<FloorCalls[keyof FloorCalls]['answer']> {
    switch (call.kind) {
      case 'floor.models':
        return { models: await offeredModels(this.#ports.sources), levels: describeWorlds() };
      case 'floor.draw':
        return drawPrompt(call.level, call.set, call.seed);
      case 'floor.compose':
        return composePrompt(call.level, call.choices, call.seed);
      case 'floor.read':
        return readPrompt(call.level, call.text);
      case 'floor.stop':
        this.#dance += 1;
        return null;
      case 'floor.dance': {
        const mine = ++this.#dance;
        const turn = this.#turn.then(() => this.#perform(call.couples, call.request, () => mine !== this.#dance));
        // Whatever failed may be a GPU that is gone: the next dance opens its models anew.
        this.#turn = turn.catch(() => this.#dismiss([]));
        return { runtimes: await turn };
      }
    }
  }

  async #perform(
    choices: readonly CoupleChoice[],
    request: DanceRequest,
    stopped: () => boolean,
  ): Promise<CoupleRuntimes[]> {
    await this.#dismiss(choices);
    const runtimes: CoupleRuntimes[] = [];
    for (const [at, choice] of choices.entries()) {
      if (stopped()) break;
      const seated = await this.#seat(choice, at);
      runtimes.push(seated.runtimes);
      const events = dance(seated.couple, seated.referee, request);
      for await (const event of events) {
        if (stopped()) break;
        this.#ports.tell({ kind: 'dance', couple: at, event });
      }
    }
    return runtimes;
  }

  async #seat(choice: CoupleChoice, at: number) {
    const conversation = await this.#dancer('conversation', choice.conversation, at);
    if (choice.feedback && 'guest' in conversation.model.words) {
      throw new SeatError('No feedback agent reads the words of this model. Let nobody advise, or do it yourself.');
    }
    const feedback = choice.feedback && (await this.#dancer('feedback', choice.feedback, at));
    const couple: Couple = { answerer: answererOf(conversation), adviser: feedback && adviserOf(feedback) };
    const runtimes: CoupleRuntimes = { conversation: conversation.runtime, feedback: feedback?.runtime ?? null };
    return { couple, runtimes, referee: refereeOf(conversation.model) };
  }

  #dancer(agent: AgentName, seat: Seat, couple: number): Promise<Dancer> {
    const key = keyOf(agent, seat);
    const known = this.#dancers.get(key);
    if (known) return known;
    this.#ports.tell({ kind: 'opening', couple, agent });
    const opened = (async () => {
      const model = await findModel(this.#ports.sources, seat.model, agent);
      return { ...(await this.#ports.open(model, seat.runtime)), model };
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
        agentNames.flatMap((agent) => {
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

const keyOf = (agent: AgentName, seat: Seat): string => JSON.stringify([agent, seat]);

function answererOf(dancer: Dancer) {
  const { words } = dancer.model;
  return 'level' in words ? taskAnswerer(environmentOf(words.level), dancer) : guestAnswerer(words.guest, dancer);
}

function adviserOf(dancer: Dancer) {
  const { words } = dancer.model;
  if ('level' in words) return taskAdviser(environmentOf(words.level), dancer);
  throw new SeatError('This model never learned to write feedback. Choose a feedback agent, or nobody.');
}

function refereeOf({ words }: ChosenModel): Referee {
  return 'level' in words ? taskReferee(environmentOf(words.level)) : stranger;
}
