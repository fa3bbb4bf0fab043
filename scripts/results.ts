/**
 * The reference results: several seeds of a preset trained one after another, measured on the audit draw, and written
 * down as docs/results.md. Every finished part is kept, so a call that was interrupted goes on where it stopped.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Arguments, gpuOptions, UsageError, usage, type CommandDescription } from '../cli/arguments';
import { readBaseAgents, shippedAgents } from '../cli/base-agents';
import { measure } from '../cli/evaluate';
import { writeAtomically } from '../cli/files';
import { say } from '../cli/output';
import { RunFolder } from '../cli/run-folder';
import { trainInto, trainingCommand } from '../cli/train';
import { presets, totalSteps, type RunConfig } from '../src/lab/config';
import { baseFile, digest, keep, kept, keptReferences, presetNames, root, runFile, runId } from './kept-results';
import { resultsPage, type Result } from './results-page';

const PROMPTS = 512;

const command = {
  name: 'results',
  summary: 'npm run results -- [options]: trains and measures the reference runs, then writes docs/results.md.',
  operands: [],
  options: {
    preset: { value: 'NAME', description: `${presetNames.join(', ')} (default standard)` },
    seeds: { value: 'N', description: 'seeds 1 to N (default 3)' },
    help: { description: 'shows this' },
    ...gpuOptions,
  },
} as const satisfies CommandDescription;

export async function results(argv: readonly string[]): Promise<number> {
  try {
    const args = new Arguments(command, argv);
    if (args.switched('help')) {
      say(usage(command));
      return 0;
    }
    return await make(args);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`${error.name}: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function make(args: Arguments): Promise<number> {
  const name = args.choice('preset', presetNames) ?? 'standard';
  const seeds = args.count('seeds', 1) ?? 3;
  const base = await baseResult(presets[name], args);
  for (let seed = 1; seed <= seeds; seed++) {
    if (!(await runResult({ ...presets[name], seed }, base.base, args))) {
      say('Interrupted; the same command goes on.');
      return 130;
    }
    writeAtomically(join(root, 'docs/results.md'), resultsPage(keptReferences()));
  }
  say('Written: docs/results.md');
  return 0;
}

async function baseResult(config: RunConfig, args: Arguments): Promise<Result> {
  const { agents, provenance, recipe } = await readBaseAgents(config.level);
  const base = digest(readFileSync(join(shippedAgents, `${config.level}.waltz`)));
  const file = baseFile(config.level);
  const found = kept(file, base);
  if (found) return found;
  say('Measuring the base agents …');
  const figures = await measure({ config, agents, step: 0 }, args, measurement(config));
  const made = typeof recipe['command'] === 'string' ? recipe['command'] : '';
  return keep(file, { base, adapter: provenance.adapter, command: made, config: null, trained: 0, figures });
}

/** Null where it was interrupted. */
async function runResult(config: RunConfig, base: string, args: Arguments): Promise<Result | null> {
  const file = runFile(config);
  const found = kept(file, base);
  if (found) return found;
  // The base agents are part of the name, so that no run goes on from others.
  const folder = new RunFolder(join(root, `.cache/results/${runId(config)}-${base.slice(0, 16)}`));
  let saved = await folder.find();
  if (!saved?.finished || saved.step < totalSteps(config)) {
    const batches = saved ? folder.batches(saved.step) : [];
    if (!(await trainInto(folder, config, saved, { adapter: args.adapter, kernels: args.kernels, batches })))
      return null;
    saved = await folder.read();
  }
  say(`Measuring seed ${config.seed} on the audit draw …`);
  const figures = await measure(saved, args, measurement(config));
  const trained = saved.metrics.reduce((sum, { time }) => sum + time.total, 0);
  const { adapter } = saved.provenance;
  return keep(file, { base, adapter, command: trainingCommand(config), config, trained, figures });
}

function measurement({ evaluation }: RunConfig) {
  return { split: 'audit', prompts: PROMPTS, temperature: evaluation.temperature, greedy: true } as const;
}
