import { Random, hash32 } from '../../random/philox';
import type { EvaluationSet } from '../../task/evaluation-set';
import type { Split, Stage } from '../../task/prompt';
import type { PromptSource } from '../../task/prompt-source';
import type { TaskTag } from '../../task/task-tag';
import { contentHash, type PromptSplit } from './normalise';
import {
  collectPrompts,
  type CollectedPrompts,
  type MappedFile,
  type PromptTruth,
  type RealPrompt,
} from './prompt-set';

/** Raised whenever the same files give other prompts, labels or splits. */
const VERSION = 1;

/** Prompts of anyone's files as a task. */
export interface PromptsTask extends CollectedPrompts {
  tag: TaskTag;
  sets: readonly EvaluationSet[];
  source: PromptSource<PromptTruth>;
}

const stageSplits = { 1: 'stage1', 2: 'stage2' } as const satisfies Record<Stage, PromptSplit>;

/** Throws `PromptFileError`. */
export async function createPromptsTask(files: readonly MappedFile[]): Promise<PromptsTask> {
  const collected = collectPrompts(files);
  const { prompts } = collected;
  const hash = await contentHash(prompts);
  return {
    ...collected,
    tag: { name: 'prompts', level: '', version: VERSION, hash },
    sets: setsOf(prompts),
    source: sourceOf(prompts),
  };
}

/** One set for each name, in the order of the files. */
export function setsOf(prompts: readonly RealPrompt[]): EvaluationSet[] {
  const sets = new Map<string, EvaluationSet>();
  for (const { set: name, harmful, truth } of prompts) {
    if (sets.has(name)) continue;
    const kind = harmful ? 'Harmful' : 'Benign';
    const metric = harmful ? 'asr' : 'orr';
    sets.set(name, { name, metric, inMean: true, standsFor: '', description: `${kind} prompts of ${truth.file}.` });
  }
  return [...sets.values()];
}

function sourceOf(prompts: readonly RealPrompt[]): PromptSource<PromptTruth> {
  const of = (split: PromptSplit) => prompts.filter(({ truth }) => truth.split === split);
  const training = { 1: of(stageSplits[1]), 2: of(stageSplits[2]) };
  return {
    training(stage: Stage, count: number, random: Random) {
      const all = training[stage];
      if (all.length === 0) throw new NoTrainingPromptsError(stage);
      return Array.from({ length: count }, () => random.pick(all));
    },
    evaluation(set: string, split: Split, count: number, draw = 0) {
      const random = new Random(0, 'evaluation', [draw, hash32(set), split === 'eval' ? 0 : 1]);
      return random.shuffle(of(split).filter((prompt) => prompt.set === set)).slice(0, count);
    },
  };
}

/** Files with so few prompts that none falls to a stage. */
export class NoTrainingPromptsError extends Error {
  override name = 'NoTrainingPromptsError';

  constructor(stage: Stage) {
    super(`No prompt of these files falls to stage ${stage}. Add files with more prompts.`);
  }
}

/**
 * At most `limit` prompts of each set, in the order of their files; null for all. Which they are hangs on their texts alone, and a
 * smaller limit's are among a larger one's.
 */
export function limitPrompts(prompts: readonly RealPrompt[], limit: number | null): RealPrompt[] {
  if (limit === null) return [...prompts];
  const bySet = new Map<string, { at: number; rank: number }[]>();
  prompts.forEach(({ set, text }, at) => {
    const ranked = bySet.get(set) ?? [];
    bySet.set(set, ranked);
    ranked.push({ at, rank: hash32(text) });
  });
  const chosen = [...bySet.values()].flatMap((ranked) =>
    ranked.sort((a, b) => a.rank - b.rank || a.at - b.at).slice(0, limit),
  );
  return chosen
    .map(({ at }) => at)
    .sort((a, b) => a - b)
    .map((at) => prompts[at]);
}
