import type { Feedback } from '../../task/feedback-format';
import type { Verdict } from '../../task/judge';
import type { Prompt } from '../../task/prompt';
import type { Round, Text } from '../../chat/words';
import { outcomeOf } from '../../waltz/game/outcome';
import { triggers } from '../../waltz/game/play';
import type { Outcome } from '../../waltz/game/rollout';
import { speak, type SpokenToken, type Voice } from './voice';

/** Who answers: reads the prompt and the rounds so far. */
export interface Answerer {
  voice: Voice;
  context(prompt: Text, rounds: readonly Round[]): number[];
}

/** Who advises: reads the prompt and one answer. */
export interface Adviser {
  voice: Voice;
  context(prompt: Text, answer: Text): number[];
}

/** A pair on the floor; without an adviser the dance ends on beat one. */
export interface Couple {
  answerer: Answerer;
  adviser: Adviser | null;
}

/** What the world knows of texts, for agents of the world; nothing of strangers' talk. */
export interface Referee {
  /** The prompt with its truth, null where it is none of the world's. */
  read(text: string): Prompt | null;
  judge(prompt: Prompt, answer: string): Promise<Verdict>;
  parseFeedback(text: string): Feedback | null;
}

export interface DanceRequest {
  prompt: string;
  /** T_max. */
  maxRounds: number;
  /** 0 is greedy. */
  temperature: number;
  seed: number;
  /** Texts of the first beats, c₀ f₀ c₁ …, where the visitor wrote or kept them; a feedback as its JSON. */
  given: readonly string[];
}

/** One beat of a dance, done. */
export interface Beat {
  /** Even beats are answers, odd ones feedback. */
  at: number;
  text: string;
  /** Null where the visitor gave it. */
  tokens: readonly SpokenToken[] | null;
  /** Of an answer: the judge's, where the world knows the truth. */
  verdict: Verdict | null;
  /** Of a feedback, null where it is not well-formed. */
  parsed: Feedback | null;
}

export type DanceEvent =
  | { kind: 'token'; at: number; token: SpokenToken }
  | { kind: 'beat'; beat: Beat }
  /** `outcome` is null where the world does not know the truth, or nobody advised. */
  | { kind: 'ended'; outcome: Outcome | null };

/**
 * A dialogue on one prompt, token by token: what `play` does with a batch (waltzrl.md, sec. 2.1), with the same draws as
 * rollout 0 of step 0. Beats that are given are taken as they stand. Throws what `speak` and the tokenizers throw.
 */
export async function* dance(
  { answerer, adviser }: Couple,
  referee: Referee,
  { prompt, maxRounds, temperature, seed, given }: DanceRequest,
): AsyncGenerator<DanceEvent, void, void> {
  const truth = referee.read(prompt);
  const rounds: Round[] = [];
  const taken = (at: number): Written | null =>
    at < given.length ? { text: given[at], read: given[at], tokens: null } : null;
  async function* write(
    at: number,
    voice: Voice,
    context: readonly number[],
  ): AsyncGenerator<DanceEvent, Written, void> {
    const phase = 4 * Math.floor(at / 2) + (at % 2);
    const draw = { seed, stream: 'sampling', step: 0, rollout: 0, phase } as const;
    const speech = speak(voice, context, { temperature, draw });
    const tokens: SpokenToken[] = [];
    for (;;) {
      const said = await speech.next();
      if (said.done) return { text: said.value.text, read: said.value.ids, tokens };
      tokens.push(said.value);
      yield { kind: 'token', at, token: said.value };
    }
  }
  const verdicts: Verdict[] = [];
  let first: Feedback | null | undefined;
  for (let round = 0; ; round++) {
    const at = 2 * round;
    const answer = taken(at) ?? (yield* write(at, answerer.voice, answerer.context(prompt, rounds)));
    const verdict = truth && (await referee.judge(truth, answer.text));
    if (verdict) verdicts.push(verdict);
    yield { kind: 'beat', beat: { at, text: answer.text, tokens: answer.tokens, verdict, parsed: null } };
    if (round === maxRounds) break;
    const feedback =
      taken(at + 1) ?? (adviser && (yield* write(at + 1, adviser.voice, adviser.context(prompt, answer.read))));
    if (!feedback) break;
    const parsed = referee.parseFeedback(feedback.text);
    if (first === undefined) first = parsed;
    yield { kind: 'beat', beat: { at: at + 1, text: feedback.text, tokens: feedback.tokens, verdict: null, parsed } };
    if (!triggers(parsed)) break;
    rounds.push({ answer: answer.read, advice: parsed.feedback });
  }
  yield { kind: 'ended', outcome: truth && first !== undefined ? outcomeOf(verdicts, first) : null };
}

interface Written {
  text: string;
  /** As the other agent reads it: the very tokens, where there are any. */
  read: Text;
  tokens: readonly SpokenToken[] | null;
}
