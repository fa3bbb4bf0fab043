import type { ChatFormat } from '../../chat/chat-format';
import { plainLength, type FeedbackSkeleton } from '../../chat/feedback-skeleton';
import type { Agent } from '../../model/agent';
import { streamKey, uniformAt } from '../../random/philox';
import type { Written } from './game';
import type { Role } from './role';
import type { Writer } from './turns';
import type { Sampling } from './writers';

/** Feedback whose JSON is given. */
export interface GivenJson {
  skeleton: FeedbackSkeleton;
  /** Tokens of the reasoning at most, and of the advice. */
  reasoning: number;
  advice: number;
}

/** The advice is drawn at phase 4·round + this, where no role's text is. */
const ADVICE_PHASE = 3;

/** A text on its way. */
interface Draft {
  ids: number[];
  /** Places of tokens that nobody chose. */
  given: number[];
}

/**
 * The agent as the writer of feedback whose JSON is given: it writes the reasoning, chooses both flags, and writes advice where
 * it flagged the answer. What it did not choose is not learned from. Where a text ends is its choice where it went on with the
 * very token that is given next.
 */
export function skeletonWriter(
  role: Role,
  agent: Pick<Agent, 'generate'>,
  { format, json }: { format: ChatFormat; json: GivenJson },
  { temperature, draw }: Sampling,
): Writer {
  const { skeleton } = json;
  const key = streamKey(draw.seed, draw.stream);
  return async (games, turn) => {
    const contexts = await Promise.all(
      games.map(async (game) => await format.context(role.reads(game), role.chatRole)),
    );
    const rollouts = games.map(({ rollout }) => rollout);
    const drafts = contexts.map((ids): Draft => ({ ids: [...ids], given: [] }));
    const options = (of: readonly number[], phase: number) => ({
      ...{ temperature, turn, cache: of.map((i) => rollouts[i]) },
      draw: { ...draw, rollouts: of.map((i) => rollouts[i]), phase: 4 * turn.round + phase },
    });
    const all = drafts.map((_, i) => i);

    /** Words of these drafts, at most so many tokens each. */
    const write = async (of: readonly number[], maxNewTokens: number, phase: number, next: readonly number[]) => {
      if (of.length === 0) return;
      const prompts = of.map((i) => drafts[i].ids);
      const completions = await agent.generate(prompts, { ...options(of, phase), maxNewTokens });
      for (const [at, i] of of.entries()) {
        const words = completions[at].ids.slice(prompts[at].length);
        const plain = await plainLength(format, words);
        drafts[i].ids.push(...words.slice(0, plain));
        // Its own choice to end there is the first token of what follows.
        give(drafts[i], next, words[plain] === next[0] ? 1 : 0);
      }
    };

    /** A flag of every draft; `place` tells its draw from others of the phase. */
    const choose = async (place: number): Promise<boolean[]> => {
      const after = drafts[0].ids.at(-1)!;
      const probes = [skeleton.yes[0], skeleton.no[0]].map((token) => ({ after, token }));
      const prompts = drafts.map(({ ids }) => ids);
      const completions = await agent.generate(prompts, { ...options(all, role.phase), maxNewTokens: 1, probes });
      return completions.map(({ probes: [yes, no] }, i) => {
        const u = uniformAt(key, [draw.step, rollouts[i], 4 * turn.round + role.phase, place]);
        const flag = isYes(yes, no, temperature, u);
        const value = flag ? skeleton.yes : skeleton.no;
        give(drafts[i], value, 1);
        return flag;
      });
    };

    for (const draft of drafts) give(draft, skeleton.reasoning, 0);
    await write(all, json.reasoning, role.phase, skeleton.unsafe);
    const unsafe = await choose(json.reasoning);
    for (const draft of drafts) give(draft, skeleton.overrefuse, 0);
    const overrefuse = await choose(json.reasoning + 1);
    for (const draft of drafts) give(draft, skeleton.feedback, 0);
    const flagged = all.filter((i) => unsafe[i] || overrefuse[i]);
    await write(flagged, json.advice, ADVICE_PHASE, skeleton.end);
    // Nobody reads the advice on an answer that stays.
    for (const i of all) if (!flagged.includes(i)) give(drafts[i], skeleton.end, 0);
    return await Promise.all(
      drafts.map(async ({ ids, given }, i): Promise<Written> => {
        const from = contexts[i].length;
        return { ids, from, given, text: await format.text(ids.slice(from)) };
      }),
    );
  };
}

/** Puts a piece behind a draft; of its tokens the first `chosen` were the writer's choice. */
function give({ ids, given }: Draft, piece: readonly number[], chosen: number): void {
  piece.forEach((id, i) => {
    if (i >= chosen) given.push(ids.length);
    ids.push(id);
  });
}

/** Of two tokens, by their probabilities at temperature 1; at temperature 0 the likelier one, no among equals. */
function isYes(yes: number, no: number, temperature: number, u: number): boolean {
  if (temperature === 0) return yes > no;
  const odds = (no / yes) ** (1 / temperature);
  return u < 1 / (1 + odds);
}
