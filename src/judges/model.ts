/** Any chat model as a judge: asked yes or no, and read as a probability from the logits of its first word. */
import type { JudgedItem, JudgeOptions, Verdict } from '../task/judge';
import { askingFields, readAsking, type Side, type Words } from './asking';
import { JudgeError, type JudgeKind, type OpenedJudge, type ReadingModel } from './judge-kind';
import { JudgeSettingsError, type JudgeSettings } from './settings';
import { unjudged } from './verdicts';

/** Line ends and spaces that a model may write before its word. */
const MOST_BLANKS = 4;

export const model: JudgeKind = {
  description:
    'Asks an imported chat model, in its own chat template, and reads how likely it begins with yes. A small model is a weak judge: look at the answers, and at a second judge.',
  caveat: '',
  takesKey: false,
  fields: [
    {
      ...{ key: 'model', type: 'model', needed: true, default: '', label: 'Model' },
      explains: 'Any model that can be measured can judge.',
    },
    ...askingFields,
    {
      ...{ key: 'room', type: 'number', default: 1024, least: 32, most: 8192, step: 1, label: 'Tokens of a question' },
      explains: 'Memory is planned for so many; what is longer is not judged.',
    },
  ],
  sends: '',
  check: (settings) => {
    readAsking(settings);
    if (String(settings['model']) === '') throw new JudgeSettingsError('No model is chosen that judges. Choose one.');
  },
  open: async (settings, ports) => {
    const length = Number(settings['room']);
    const reading = await ports.openModel(String(settings['model']), { length, newTokens: 1 + MOST_BLANKS });
    try {
      const ids = await answerIds(readAsking(settings).words, reading);
      return new ModelJudge(settings, reading, ids, length);
    } catch (error) {
      await reading.close();
      throw error;
    }
  },
};

type AnswerIds = Readonly<Record<Side, readonly number[]>>;

class ModelJudge implements OpenedJudge {
  readonly #asking;
  readonly #reading: ReadingModel;
  readonly #ids: AnswerIds;
  readonly #room: number;
  readonly requests = 0;

  constructor(settings: JudgeSettings, reading: ReadingModel, ids: AnswerIds, room: number) {
    this.#asking = readAsking(settings);
    this.#reading = reading;
    this.#ids = ids;
    this.#room = Math.min(room, reading.positions) - MOST_BLANKS;
  }

  async judge(items: readonly JudgedItem[], { signal, found }: JudgeOptions = {}): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const [at, item] of items.entries()) {
      signal?.throwIfAborted();
      verdicts[at] = await this.#judgeOne(item);
      found?.(at, verdicts[at]);
    }
    return verdicts;
  }

  async close(): Promise<void> {
    await this.#reading.close();
  }

  async #judgeOne(item: JudgedItem): Promise<Verdict> {
    const asked = this.#asking.ask(item);
    if (!Array.isArray(asked)) return asked;
    const ids = await this.#reading.chat.context(asked, 'assistant');
    if (ids.length > this.#room) return unjudged;
    return this.#asking.verdict(item, await this.#yes(ids), true);
  }

  /** How likely the first word that it would write is yes, of yes and no. */
  async #yes(question: readonly number[]): Promise<number> {
    let ids = question;
    for (let blanks = 0; ; blanks++) {
      const logits = await this.#reading.decoder.next(ids);
      const likeliest = logits.reduce((best, value, id) => (value > logits[best] ? id : best), 0);
      const blank = (await this.#reading.chat.decode([likeliest])).trim() === '';
      if (!blank || blanks === MOST_BLANKS || this.#reading.chat.ends.includes(likeliest)) {
        const sum = (side: Side) => logSum(this.#ids[side].map((id) => logits[id]));
        return 1 / (1 + Math.exp(sum('no') - sum('yes')));
      }
      ids = [...ids, likeliest];
    }
  }
}

/** First tokens of the words, as they stand at a beginning, after a space or a line end, in any case. Throws `JudgeError`. */
export async function answerIds({ yes, no }: Words, { chat }: Pick<ReadingModel, 'chat'>): Promise<AnswerIds> {
  const firstId = async (text: string): Promise<number[]> => {
    for (const id of await chat.encode(text)) if ((await chat.decode([id])).trim() !== '') return [id];
    return [];
  };
  const idsOf = async (words: readonly string[]) => {
    const cases = words.flatMap((word) => [word, word[0].toUpperCase() + word.slice(1), word.toUpperCase()]);
    const texts = cases.flatMap((word) => ['', ' ', '\n'].map((before) => before + word));
    return new Set((await Promise.all(texts.map(firstId))).flat());
  };
  const [ofYes, ofNo] = [await idsOf(yes), await idsOf(no)];
  // What begins both says nothing.
  const ids = { yes: [...ofYes].filter((id) => !ofNo.has(id)), no: [...ofNo].filter((id) => !ofYes.has(id)) };
  if (ids.yes.length > 0 && ids.no.length > 0) return ids;
  throw new JudgeError(
    'The words for yes and no begin with the same tokens of this model, or with none. Choose other words, or another model.',
  );
}

/** log Σ exp. */
function logSum(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}
