/** Answers, a JSON object a line: the next call that measures the same with the same file goes on behind its last line. */
import { appendFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Question } from '../src/lab/measure/ask';
import type { Answered, MeasuredAnswer } from '../src/lab/measure/measure';
import type { Judge } from '../src/task/judge';
import { UsageError } from './arguments';
import { writeAtomically } from './files';
import { readWholeLines } from './json-lines';

const rowSchema = v.object({
  /** What was measured when it was written. */
  measurement: v.string(),
  set: v.string(),
  prompt: v.string(),
  answer: v.nullable(v.string()),
  tokens: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  ended: v.nullable(v.boolean()),
});

/** An answer that nobody has judged yet; null of a prompt that was not asked. */
type Kept = Omit<Answered, 'verdict'> | null;

export class AnswersFile {
  readonly #path: string;
  readonly #measurement: string;
  readonly #questions: readonly Question[];
  readonly #kept: readonly Kept[];

  private constructor(path: string, measurement: string, questions: readonly Question[], kept: readonly Kept[]) {
    this.#path = path;
    this.#measurement = measurement;
    this.#questions = questions;
    this.#kept = kept;
  }

  /**
   * @param measurement names what is measured: the model, the settings, the judges.
   * @throws {UsageError} for a file of another measurement. A last line that was cut off is left out.
   */
  static open(path: string, measurement: string, questions: readonly Question[]): AnswersFile {
    const kept = readWholeLines(path, (line, at): Kept => {
      const row = readRow(line);
      const prompt = questions.at(at)?.prompt;
      if (row?.measurement !== measurement || row.prompt !== prompt?.text || row.set !== prompt.set) {
        throw new UsageError(
          `${path}, line ${at + 1}: this is no answer of this measurement. Give --answers another file, or delete this one.`,
        );
      }
      const { answer, tokens, ended } = row;
      return answer === null ? null : { prompt, answer, tokens: tokens ?? 0, ended: ended ?? false };
    });
    // Where nothing is to be asked, the file is there all the same.
    if (kept.length === 0) writeAtomically(path, '');
    return new AnswersFile(path, measurement, questions, kept);
  }

  /** How many of the questions have their answers there. */
  get count(): number {
    return this.#kept.length;
  }

  /** What stands there, judged, so many at a time. Throws what the judge throws. */
  async *judged(judge: Judge, atOnce: number): AsyncGenerator<MeasuredAnswer[], void> {
    for (let from = 0; from < this.count; from += atOnce) {
      const kept = this.#kept.slice(from, from + atOnce);
      const asked = kept.filter((answer) => answer !== null);
      const verdicts = asked.length === 0 ? [] : await judge.judge(asked);
      let next = 0;
      yield kept.map((answer, i): MeasuredAnswer => {
        if (answer) return { ...answer, verdict: verdicts[next++] };
        const question = this.#questions[from + i];
        return { prompt: question.prompt, skipped: 'skipped' in question ? question.skipped : '' };
      });
    }
  }

  append(rows: readonly object[]): void {
    const measurement = this.#measurement;
    appendFileSync(this.#path, rows.map((row) => `${JSON.stringify({ measurement, ...row })}\n`).join(''));
  }
}

function readRow(line: string) {
  try {
    const read = v.safeParse(rowSchema, JSON.parse(line));
    return read.success ? read.output : null;
  } catch {
    return null;
  }
}
