import type { OpenChat } from '../../src/chat/guest-chat';
import type { GuestStore } from '../../src/checkpoint/guests';
import {
  checkChoice,
  JudgeError,
  judgeId,
  judges,
  modelOf,
  type JudgeChoice,
  type JudgeFacts,
  type JudgePorts,
  type OpenedJudge,
  type ReadingModel,
} from '../../src/judges';
import { cached, verdictKey, VerdictCache } from '../../src/judges/cached';
import type { MeasuredAnswer } from '../../src/lab/measure/measure';
import { modelFacts } from '../../src/lab/measure/measurement';
import type { OpenAnswering } from './open';

export interface JudgingPorts extends Pick<JudgePorts, 'fetch' | 'unreachable'> {
  guests: Pick<GuestStore, 'load'>;
  open: OpenAnswering;
  openChat: OpenChat;
}

/** Opens judges; what any of them has found is remembered as long as this worker lives. */
export class Judging {
  readonly #ports: JudgingPorts;
  readonly #cache = new VerdictCache();

  constructor(ports: JudgingPorts) {
    this.#ports = ports;
  }

  /** The judge as it is kept. Throws `JudgeSettingsError`, and what loading a model throws. */
  async facts(given: JudgeChoice): Promise<JudgeFacts> {
    const choice = checkChoice(given);
    const guest = modelOf(choice);
    return { ...choice, model: guest === null ? null : await modelFacts(await this.#ports.guests.load(guest)) };
  }

  /**
   * A judge that asks nothing twice.
   *
   * @param key is kept nowhere. @param known answers that this judge has judged before.
   * Throws `JudgeError`, and what opening the judge throws.
   */
  async open(kept: JudgeFacts, key: string, known: readonly MeasuredAnswer[]): Promise<OpenedJudge> {
    const { model, ...choice } = await this.facts(kept);
    if (model?.hash !== kept.model?.hash) {
      throw new JudgeError(`${kept.model?.name} is not the model any more that judged before. Measure anew.`);
    }
    const { name, settings } = checkChoice(choice);
    const id = await judgeId({ name, settings }, model);
    for (const answer of known) {
      if ('verdict' in answer) this.#cache.remember(await verdictKey(id, answer), answer.verdict);
    }
    const { fetch, unreachable } = this.#ports;
    const openModel: JudgePorts['openModel'] = (guest, lengths) => this.#openModel(guest, lengths);
    const opened = await judges[name].open(settings, { key, fetch, unreachable, openModel });
    const remembered = cached(opened, id, this.#cache);
    return {
      judge: (items, options) => remembered.judge(items, options),
      close: () => opened.close(),
      get requests() {
        return opened.requests;
      },
    };
  }

  async #openModel(id: string, lengths: { length: number; newTokens: number }): Promise<ReadingModel> {
    const { guests, open, openChat } = this.#ports;
    const guest = await guests.load(id);
    const positions = guest.config.max_position_embeddings;
    const length = Math.min(lengths.length, positions);
    const chat = await openChat(guest);
    try {
      const opened = await open(guest, { ...lengths, length, atOnce: 1 }, () => undefined);
      const close = () => {
        opened.close();
        chat.close();
      };
      return { chat, decoder: opened.agent, positions, close };
    } catch (error) {
      chat.close();
      throw error;
    }
  }
}
