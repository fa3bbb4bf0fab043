/** The models that can take the floor: what there is, and what a choice stands for. */
import { answering, type RoleName, roleNames } from '../../src/waltz/game/roles';
import type { BaseAgents } from '../../src/checkpoint/archive';
import type { Guest } from '../../src/checkpoint/guest';
import { tokenRules } from '../../src/checkpoint/guest-rules';
import type { GuestStore } from '../../src/checkpoint/guests';
import type { LlamaConfig } from '../../src/model/config';
import type { TokenRules } from '../../src/model/token-rules';
import { checkFit } from '../../src/lab/run/fit';
import { environmentOf } from '../../src/lab/models/environment';
import { recognise } from '../../src/lab/import/recognise';
import type { KeptRun, KeptRuns } from '../../src/lab/run/run-format';
import { runtimes } from '../../src/lab/models/runtimes';
import { shippedAgents, type BaseChoice } from '../../src/lab/models/shipped';
import { isSameChoice, type TaskChoice } from '../../src/task/task-tag';
import { taskChoices } from '../../src/tasks';
import type { ModelChoice, OfferedModel } from '../protocol/floor';

/** Base agents that this page does not have: a kept dialogue may name those of another version. */
export class NotShippedError extends Error {
  override name = 'NotShippedError';
}

/** Where models come from. */
export interface ModelSources {
  runs: Pick<KeptRuns, 'list' | 'load'>;
  guests: Pick<GuestStore, 'list' | 'load'>;
  baseAgents: (choice: BaseChoice) => Promise<BaseAgents>;
}

/** A model that was chosen. It has parameters or an ONNX file, or both. */
export interface ChosenModel {
  config: LlamaConfig;
  parameters: Float32Array<ArrayBuffer> | null;
  onnx: Uint8Array<ArrayBuffer> | null;
  /** Whose words it speaks: an environment's or its own. */
  words: { task: TaskChoice } | { guest: Guest };
  rules: TokenRules;
}

export async function offeredModels({ runs, guests }: ModelSources): Promise<OfferedModel[]> {
  const all = { agents: [...roleNames], runtimes: [...runtimes] };
  const base = shippedAgents.map(({ task, archive }): OfferedModel => {
    return { ...all, model: { kind: 'base', archive }, name: `base agents, ${archive}`, task };
  });
  const saved = (await runs.list()).runs.flatMap(({ run, name, config: { task }, checkpoints }) =>
    [...checkpoints].reverse().map((step): OfferedModel => {
      return { ...all, model: { kind: 'run', run, step }, name: `${name}, step ${step}`, task };
    }),
  );
  const { guests: kept } = await guests.list();
  const imported = kept.map(({ id, name, task, role, engine }): OfferedModel => ({
    model: { kind: 'guest', guest: id },
    name,
    task: taskChoices.find((known) => task !== null && isSameChoice(known, task)) ?? null,
    agents: roleNames.filter((agent) => agent === (role ?? answering.name)),
    runtimes: engine ? [...runtimes] : ['onnx'],
  }));
  return [...saved, ...imported, ...base];
}

/** Throws what the store, the archive's reader and `checkFit` throw. */
export async function findModel(sources: ModelSources, choice: ModelChoice, agent: RoleName): Promise<ChosenModel> {
  if (choice.kind === 'guest') {
    const guest = await sources.guests.load(choice.guest);
    const known = recognise(guest);
    const { config, parameters, onnx } = guest;
    const words = known ? { task: known.task } : { guest };
    return { config, parameters, onnx, words, rules: tokenRules(guest) };
  }
  const { words, ...kept } = await (choice.kind === 'run' ? runOf(sources, choice) : baseOf(sources, choice));
  const { task, tokenizer } = environmentOf(words.task);
  checkFit(kept, task.tag, tokenizer);
  const { agents, onnx = {} }: Pick<KeptRun, 'agents' | 'onnx'> = kept;
  const common = { words, rules: { endTokens: [tokenizer.id('<end>')] } };
  if (!Object.hasOwn(agents, agent)) return { ...onnx[agent], parameters: null, ...common };
  const { config, parameters } = agents[agent];
  return { config, parameters, onnx: null, ...common };
}

async function runOf({ runs }: ModelSources, { run, step }: Extract<ModelChoice, { kind: 'run' }>) {
  const kept = await runs.load(run, step);
  return { ...kept, words: { task: kept.config.task } };
}

async function baseOf({ baseAgents }: ModelSources, { archive }: Extract<ModelChoice, { kind: 'base' }>) {
  const shipped = shippedAgents.find((one) => one.archive === archive);
  if (!shipped) throw new NotShippedError(`No base agents "${archive}" are shipped with this page. Choose others.`);
  return { ...(await baseAgents(shipped)), words: { task: shipped.task } };
}
