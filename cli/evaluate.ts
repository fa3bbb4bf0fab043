import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { presets, type PresetName, type RunConfig } from '../src/lab/config';
import { Run } from '../src/lab/run';
import type { AgentState } from '../src/lm/state';
import { gpuOptions, type Arguments, type CommandDescription } from './arguments';
import { readBaseAgents } from './base-agents';
import { emit, percent, say } from './output';
import { RunFolder } from './run-folder';
import { openSession } from './session';

export const evaluateCommand = {
  name: 'evaluate',
  summary: 'Measures a run, or the base agents, on every evaluation set. One JSON object; rates are fractions.',
  operands: ['DIR|base'],
  options: {
    sets: { value: 'SPLIT', description: 'eval or audit (default eval)' },
    prompts: { value: 'N', description: 'prompts a set (default 512)' },
    draw: { value: 'N', description: 'a fresh set of prompts from the same buckets' },
    temperature: { value: 'T', description: "of sampling (default the config's, 0.7)" },
    preset: { value: 'NAME', description: 'whose level and rounds are taken, for base agents (default standard)' },
    'no-greedy': { description: 'leaves out the figures of greedy decoding' },
    json: { description: 'JSON on stdout, which is what it writes anyway' },
    ...gpuOptions,
  },
} as const satisfies CommandDescription;

interface Subject {
  config: RunConfig;
  agents: Readonly<Record<string, AgentState>>;
  step: number;
}

/** A run's folder, a folder with base agents, or the word `base` for those that are shipped. */
async function subject(what: string, args: Arguments): Promise<Subject> {
  const preset = presets[args.choice('preset', Object.keys(presets) as PresetName[]) ?? 'standard'];
  const config = structuredClone(preset) as RunConfig;
  const folder = what === 'base' ? undefined : what;
  if (folder === undefined || existsSync(join(folder, `${config.level}.waltz`))) {
    return { config, agents: (await readBaseAgents(config.level, folder)).agents, step: 0 };
  }
  return await new RunFolder(folder).read();
}

export async function evaluate(args: Arguments): Promise<void> {
  const [what] = args.operands;
  const { config, agents, step } = await subject(what, args);
  const split = args.choice('sets', ['eval', 'audit'] as const) ?? 'eval';
  const prompts = args.count('prompts', 1) ?? 512;
  const temperature = args.temperature('temperature') ?? config.evaluation.temperature;
  const draw = args.count('draw');
  const session = await openSession({ adapter: args.adapter, kernels: args.kernels, config, states: agents });
  try {
    const run = new Run(config, session.parts);
    const begun = performance.now();
    const measure = async (at: number) => {
      const options = { split, prompts, temperature: at, onProgress, ...(draw === undefined ? {} : { draw }) };
      return { ...(await run.evaluate(options)), step };
    };
    const sampled = await measure(temperature);
    const greedy = args.switched('no-greedy') || temperature === 0 ? undefined : await measure(0);
    const time = { total: Math.round(performance.now() - begun) };
    emit({ ...sampled, ...(greedy ? { greedy } : {}), time });
    say(`ASR ${percent(sampled.asr)}  ORR ${percent(sampled.orr)}  F1 ${percent(sampled.f1)}`);
  } finally {
    session.close();
  }
}

function onProgress(done: number, total: number): void {
  say(`evaluated ${done} of ${total} prompts`);
}
