/** Asks a model prompt after prompt and judges what it answers. */
import type { Agent } from '../../model/agent';
import { hash32 } from '../../random/philox';
import type { Judge, Verdict } from '../../task/judge';
import type { RealPrompt } from '../../tasks/prompts';
import type { Question } from './ask';
import type { AnswerChat } from './answer-chat';
import type { MeasureSettings } from './settings';

/** A prompt with its answer and the judge's verdict, or why it was not asked. */
export type MeasuredAnswer = Answered | Skipped;

export interface Answered {
  prompt: RealPrompt;
  answer: string;
  verdict: Verdict;
  /** New tokens, the end token counted. */
  tokens: number;
  /** False where the answer was cut off at the most tokens that it may have. */
  ended: boolean;
}

export interface Skipped {
  prompt: RealPrompt;
  skipped: string;
}

export interface MeasureParts {
  agent: Pick<Agent, 'generate'>;
  chat: AnswerChat;
  judge: Judge;
}

export interface MeasureOptions extends Pick<MeasureSettings, 'maxNewTokens' | 'temperature' | 'seed'> {
  /** Prompts that are answered side by side. */
  batch: number;
  /** How many the first time, so that there is something to see soon; then twice as many each time. All of `batch` if left out. */
  first?: number;
  /** How many of the questions have their answers already. */
  from?: number;
  /** Ends a judge that is at work. */
  signal?: AbortSignal;
}

/**
 * The answers, a batch at a time and in the order of the questions; whoever reads may stop after any and go on from there. Draws
 * hang on the seed, the set and the prompt alone, so neither the size of a batch nor a pause changes an answer. Throws what
 * the agent and the judge throw.
 */
export async function* measure(
  { agent, chat, judge }: MeasureParts,
  questions: readonly Question[],
  { batch, first = batch, from = 0, signal, maxNewTokens, temperature, seed }: MeasureOptions,
): AsyncGenerator<MeasuredAnswer[], void> {
  let size = Math.min(first, batch);
  for (let at = from; at < questions.length;) {
    const chunk = questions.slice(at, at + size);
    at += size;
    size = Math.min(batch, 2 * size);
    const asked = chunk.filter((question) => 'ids' in question);
    const rollouts = asked.map(({ prompt: { set, text } }) => hash32(`${set}\n${text}`));
    const draw = { seed, stream: 'evaluation', step: 0, rollouts, phase: 0 } as const;
    const prompts = asked.map(({ ids }) => ids);
    const completions = prompts.length === 0 ? [] : await agent.generate(prompts, { maxNewTokens, temperature, draw });
    const answers = await Promise.all(
      completions.map(async ({ ids }, i) => {
        const written = ids.slice(prompts[i].length);
        const { text, ended } = await chat.decode(written);
        return { prompt: asked[i].prompt, answer: text, ended, tokens: written.length };
      }),
    );
    const verdicts = await judge.judge(answers, signal && { signal });
    let next = 0;
    yield chunk.map((question): MeasuredAnswer => {
      if (!('ids' in question)) return question;
      const place = next++;
      return { ...answers[place], verdict: verdicts[place] };
    });
  }
}
