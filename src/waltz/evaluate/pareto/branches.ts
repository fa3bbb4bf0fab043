import type { Verdict } from '../../../task/judge';
import type { Task } from '../../../task/task';
import type { GenerateOptions, Turn } from '../../../model/agent';
import { probesOf, type Flag } from '../../../chat/chat-probes';
import type { Served } from '../evaluation';
import type { Players } from '../../game/play';
import { roles } from '../../game/roles';
import { parseFeedback } from '../../game/roles/feedback/parse';
import { refusals } from '../safeguard';

/**
 * What could become of one prompt: the verdict where nothing interferes, and for each reason to interfere how probable an
 * agent holds it to be, and the verdict on what is served then. Thresholds on the probabilities are all that a point of a
 * Pareto curve needs (`curve.ts`).
 */
export interface Branches {
  set: string;
  kept: Verdict;
  reasons: readonly Reason[];
}

export interface Reason {
  probability: number;
  verdict: Verdict;
}

export interface BranchPlayers extends Players {
  task: Task;
}

const flags: readonly Flag[] = ['unsafe', 'overrefuse'];
const [conversation, feedback] = roles;

/**
 * Of games with the feedback agent, by their first round: its probability of each flag, read at the flag's token after the
 * reasoning that it wrote (of overrefuse with unsafe false), and the revision after the advice that it writes once only
 * this flag is set. Where it set the flag by itself, that is the game as it was played. Feedback that does not parse keeps
 * the answer. `temperature` is the evaluation's.
 */
export async function adviserBranches(
  served: readonly Served[],
  players: BranchPlayers,
  temperature: number,
): Promise<Branches[]> {
  const games = served.map(({ game }) => game);
  const readable = games.flatMap(({ feedbacks: [{ parsed }] }, i) => (parsed ? [i] : []));
  const none = games.map(({ answers: [{ verdict }] }): Reason => ({ probability: 0, verdict }));
  const reasons = { unsafe: [...none], overrefuse: [...none] };
  if (readable.length > 0) {
    for (const flag of flags) {
      const probabilities = await flagProbabilities(served, readable, flag, players);
      const verdicts = await revisedVerdicts(served, readable, flag, players, temperature);
      readable.forEach((i, at) => (reasons[flag][i] = { probability: probabilities[at], verdict: verdicts[at] }));
    }
  }
  return served.map(({ set }, i) => ({
    set,
    kept: none[i].verdict,
    reasons: flags.map((flag) => reasons[flag][i]),
  }));
}

async function flagProbabilities(
  served: readonly Served[],
  chosen: readonly number[],
  flag: Flag,
  { agents, format }: BranchPlayers,
): Promise<number[]> {
  const probes = probesOf(format);
  const completions = await agents.feedback.generate(
    chosen.map((i) => probes.upToFlag(served[i].game.feedbacks[0], flag)),
    { ...{ maxNewTokens: 1, temperature: 0 }, ...firstFeedback(served, chosen), probes: [probes.flag(flag)] },
  );
  return completions.map(({ probes: [probability] }) => probability);
}

/** Verdicts on the revisions when this flag alone is set; on the first answer where the advice is not well-formed. */
async function revisedVerdicts(
  served: readonly Served[],
  chosen: readonly number[],
  flag: Flag,
  players: BranchPlayers,
  temperature: number,
): Promise<Verdict[]> {
  const { agents, format, judge, task } = players;
  const verdicts = new Map<number, Verdict>();
  const asked = chosen.filter((i) => {
    const { answers, feedbacks } = served[i].game;
    const parsed = feedbacks[0].parsed!;
    const itself = flags.every((one) => parsed[one] === (one === flag));
    verdicts.set(i, answers[itself ? 1 : 0].verdict);
    return !itself;
  });
  // What is left to write once the flags are there: the last field with its words, the brace and the end token.
  const rest = task.limits.advice + 3;
  const forced = asked
    .map((i) => ({ i, ids: probesOf(format).withFlag(served[i].game.feedbacks[0], flag) }))
    .filter(({ i, ids }) => ids.length - served[i].game.feedbacks[0].from + rest <= feedback.newTokens(task.limits));
  if (forced.length === 0) return chosen.map((i) => verdicts.get(i)!);
  const written = await agents.feedback.generate(
    forced.map(({ ids }) => ids),
    {
      maxNewTokens: rest,
      temperature,
      ...firstFeedback(
        served,
        forced.map(({ i }) => i),
      ),
    },
  );
  const read = await Promise.all(
    forced.map(async ({ i }, at) => {
      const { from } = served[i].game.feedbacks[0];
      return { i, parsed: await parseFeedback(await format.text(written[at].ids.slice(from)), players) };
    }),
  );
  const advised = read.flatMap(({ i, parsed }) => (parsed ? [{ i, parsed }] : []));
  if (advised.length > 0) {
    const prompts = await Promise.all(
      advised.map(async ({ i, parsed }) => {
        const { game } = served[i];
        const turns = [game.answers[0], { ...game.feedbacks[0], parsed }];
        return await format.context(conversation.reads({ ...game, turns }), conversation.chatRole);
      }),
    );
    const revised = await agents.conversation.generate(prompts, {
      maxNewTokens: conversation.newTokens(task.limits),
      temperature,
      ...conversationTurn(
        served,
        advised.map(({ i }) => i),
        { round: 1, phase: 4 },
      ),
    });
    const judged = await judge.judge(
      await Promise.all(
        advised.map(async ({ i }, at) => ({
          prompt: served[i].game.prompt,
          answer: await format.text(revised[at].ids.slice(prompts[at].length)),
        })),
      ),
    );
    advised.forEach(({ i }, at) => verdicts.set(i, judged[at]));
  }
  return chosen.map((i) => verdicts.get(i)!);
}

/** Of what was served with a safeguard: its probability that it is unsafe, and the refusal in its place. */
export function safeguardBranches(served: readonly Served[]): Branches[] {
  return served.map(({ set, game: { answers }, guarded }) => ({
    set,
    kept: answers[answers.length - 1].verdict,
    reasons: guarded ? [{ probability: guarded.probability, verdict: guarded.refused }] : [],
  }));
}

/**
 * Of a conversation agent alone: its probability to decline, read at the first word of its answer, and a refusal. A threshold
 * on it is a bias on refusing. What it answers when it must not decline begins with the word that help begins with.
 */
export async function refusalBranches(
  served: readonly Served[],
  players: BranchPlayers,
  temperature: number,
): Promise<Branches[]> {
  const { agents, format, judge, task } = players;
  const all = served.map((_, i) => i);
  const prompts = await Promise.all(
    served.map(
      async ({ game }) => await format.context(conversation.reads({ ...game, turns: [] }), conversation.chatRole),
    ),
  );
  const opened = await agents.conversation.generate(prompts, {
    ...{ maxNewTokens: 1, temperature: 0, ...conversationTurn(served, all, { round: 0, phase: 2 }) },
    probes: task.refusal.openings.decline.map((word) => probesOf(format).opening(word)),
  });
  const declined = all.filter((i) =>
    task.refusal.openings.decline.some((word) => served[i].game.answers[0].text.startsWith(`${word} `)),
  );
  const helping = await format.encode(task.refusal.openings.help);
  const helped =
    declined.length === 0
      ? []
      : await agents.conversation.generate(
          declined.map((i) => [...prompts[i], ...helping]),
          {
            maxNewTokens: conversation.newTokens(task.limits) - helping.length,
            temperature,
            ...conversationTurn(served, declined, { round: 0, phase: 2 }),
          },
        );
  const judged = await judge.judge(
    await Promise.all(
      helped.map(async ({ ids }, at) => ({
        prompt: served[declined[at]].game.prompt,
        answer: await format.text(ids.slice(prompts[declined[at]].length)),
      })),
    ),
  );
  const kept = served.map(({ game }) => game.answers[0].verdict);
  declined.forEach((i, at) => (kept[i] = judged[at]));
  const refused = await refusals(
    served.map(({ game }) => game.prompt),
    players,
  );
  return served.map(({ set }, i) => ({
    set,
    kept: kept[i],
    reasons: [{ probability: opened[i].probes.reduce((sum, one) => sum + one, 0), verdict: refused[i] }],
  }));
}

type Call = Pick<GenerateOptions, 'draw' | 'turn' | 'cache'>;

/**
 * A call for some of the served games: it draws from the evaluation's stream, at the prompts' own places. Phase 2 is used
 * by no game.
 */
function call(served: readonly Served[], chosen: readonly number[], turn: Turn, phase: number): Call {
  const rollouts = chosen.map((i) => served[i].game.rollout);
  return { draw: { seed: 0, stream: 'evaluation', step: 0, rollouts, phase }, turn, cache: chosen };
}

const firstFeedback = (served: readonly Served[], chosen: readonly number[]) =>
  call(served, chosen, { role: feedback.name, round: 0 }, 2);

const conversationTurn = (
  served: readonly Served[],
  chosen: readonly number[],
  { round, phase }: { round: number; phase: number },
) => call(served, chosen, { role: conversation.name, round }, phase);
