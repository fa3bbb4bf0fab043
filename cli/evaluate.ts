import type { Split } from '../src/task/prompt';
import { existsSync } from 'node:fs';
import { presetNames, presets, type RunConfig } from '../src/lab/config';
import { archiveName } from '../src/lab/models/shipped';
import { Run } from '../src/lab/run/run';
import { sizeNames } from '../src/model/sizes';
import type { AgentState } from '../src/model/state';
import { summarizeServed } from '../src/waltz/evaluate/evaluation';
import type { Evaluation } from '../src/waltz/learn/metrics';
import { countPatterns } from '../src/waltz/evaluate/trajectory-patterns';
import { type Arguments, type CommandDescription } from './arguments';
import { computeChoice, computeOptions, type BackendChoice } from './compute-options';
import { archivePath, readBaseAgents } from './base-agents';
import { chainAccuracy, type ChainAccuracy } from './chains';
import { evaluatePrompts, namesPromptFiles, promptOptions } from './evaluate-prompts';
import { emit, percent, say } from './output';
import { RunFolder } from './run-folder';
import { openRun } from './open-run';

export const evaluateCommand = {
  name: 'evaluate',
  summary:
    'Measures a run, or the base agents, on every evaluation set; with --prompts FILE any model on your own prompts. One JSON object; rates are fractions.',
  operands: ['DIR|base|MODEL'],
  options: {
    sets: { value: 'SPLIT', description: 'eval or audit (default eval)' },
    prompts: {
      value: 'N|FILE,…',
      description:
        'prompts a set (default 512); or files of prompts (CSV, JSON, Parquet), asked of a run or of any Llama',
    },
    draw: { value: 'N', description: 'a fresh set of prompts from the same buckets' },
    temperature: { value: 'T', description: "of sampling (default the config's, 0.7; with files 0, greedy)" },
    preset: {
      value: 'NAME',
      description: 'whose task, model and rounds are taken, for base agents (default standard)',
    },
    model: { value: 'SIZE', description: `of the base agents: ${sizeNames.join(', ')} (default the preset's)` },
    'no-greedy': { description: 'leaves out the figures of greedy decoding' },
    ...promptOptions,
    json: { description: 'JSON on stdout, which is what it writes anyway' },
    ...computeOptions,
  },
} as const satisfies CommandDescription;

/** What is measured. */
export interface Subject {
  config: RunConfig;
  agents: Readonly<Record<string, AgentState>>;
  step: number;
}

/** A run's folder, a folder with base agents, or the word `base` for those that are shipped. */
async function subject(what: string, args: Arguments): Promise<Subject> {
  const preset: RunConfig = presets[args.choice('preset', presetNames) ?? 'standard'];
  const config = { ...preset, model: args.choice('model', sizeNames) ?? preset.model };
  const folder = what === 'base' ? undefined : what;
  if (folder === undefined || existsSync(archivePath(archiveName(config), folder))) {
    return { config, agents: (await readBaseAgents(config, folder)).agents, step: 0 };
  }
  return await new RunFolder(folder).read();
}

export async function evaluate(args: Arguments): Promise<void> {
  if (namesPromptFiles(args)) {
    await evaluatePrompts(args);
    return;
  }
  const choice = computeChoice(args);
  const [what] = args.operands;
  const measured = await subject(what, args);
  const draw = args.count('draw');
  const figures = await measure(measured, choice, {
    split: args.choice('sets', ['eval', 'audit'] as const) ?? 'eval',
    prompts: args.count('prompts', 1) ?? 512,
    temperature: args.temperature('temperature') ?? measured.config.evaluation.temperature,
    greedy: !args.switched('no-greedy'),
    ...(draw === undefined ? {} : { draw }),
  });
  emit(figures);
  say(`ASR ${percent(figures.asr)}  ORR ${percent(figures.orr)}  F1 ${percent(figures.f1)}`);
}

export interface MeasureOptions {
  split: Split;
  /** Prompts a set. */
  prompts: number;
  temperature: number;
  /** Whether greedy decoding is measured too. */
  greedy: boolean;
  draw?: number;
}

/**
 * What `evaluate` writes: the sampled figures, how many games had which pattern, the greedy figures beside them, and the
 * reasoning's exactness by depth.
 */
export interface Figures extends Evaluation {
  patterns: ReturnType<typeof countPatterns>;
  greedy?: Evaluation & Pick<Figures, 'patterns'>;
  chains: Record<string, ChainAccuracy>;
  time: { total: number };
}

export async function measure(
  { config, agents, step }: Subject,
  choice: BackendChoice,
  { greedy, ...options }: MeasureOptions,
): Promise<Figures> {
  const opened = await openRun({ choice, config, states: agents });
  try {
    const run = new Run(config, opened.parts);
    const begun = performance.now();
    const at = async (temperature: number) => {
      const how = { ...options, temperature };
      const served = await run.serve({ ...how, onProgress });
      return { ...summarizeServed(opened.parts.task, served, { ...how, step }), patterns: countPatterns(served) };
    };
    const sampled = await at(options.temperature);
    return {
      ...sampled,
      ...(greedy && options.temperature > 0 ? { greedy: await at(0) } : {}),
      chains: await chainAccuracy(opened.parts, options),
      time: { total: Math.round(performance.now() - begun) },
    };
  } finally {
    opened.close();
  }
}

function onProgress(done: number, total: number): void {
  say(`evaluated ${done} of ${total} prompts`);
}
