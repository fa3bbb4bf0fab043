/** Which base agents are shipped, and what the archives of any are called. */
import type { SizeName } from '../../model/sizes';
import { isSameChoice, type TaskChoice } from '../../task/task-tag';

/** What base agents are made for: a task at a level, and a size. */
export interface BaseChoice {
  task: TaskChoice;
  model: SizeName;
}

/** Stand in public/agents, each beside a safeguard; `pretrain` makes them. */
export const shippedAgents: readonly (BaseChoice & { archive: string })[] = [
  { task: { name: 'masquerade', level: 'tiny' }, model: '0.06M', archive: 'tiny' },
  { task: { name: 'masquerade', level: 'standard' }, model: '0.1M', archive: 'standard' },
  { task: { name: 'masquerade', level: 'hard' }, model: '0.17M', archive: 'hard' },
];

/** The size of the base agents that are shipped for a task, null where none are. */
export function shippedModel(task: TaskChoice): SizeName | null {
  return shippedAgents.find((one) => isSameChoice(one.task, task))?.model ?? null;
}

export function isShipped(choice: BaseChoice): boolean {
  return shippedArchive(choice) !== undefined;
}

/** Name of the archive of base agents, without its extension. */
export function archiveName(choice: BaseChoice): string {
  const { task, model } = choice;
  return shippedArchive(choice) ?? `${task.name}-${task.level}-${model}`;
}

/** Name of the archive of the safeguard beside them. */
export function safeguardName(choice: BaseChoice): string {
  return `safeguard-${archiveName(choice)}`;
}

/** What makes base agents. */
export function pretrainCommand({ task, model }: BaseChoice): string {
  return `npm run -s waltz -- pretrain --task ${task.name} --level ${task.level} --model ${model} --out public/agents`;
}

/** What to do where there are no base agents of this size. */
export function withoutBaseAgents(choice: BaseChoice): string {
  const shipped = shippedModel(choice.task);
  const other =
    shipped === null || shipped === choice.model ? '' : `Choose model ${shipped}, whose are shipped; or begin`;
  return `${other || 'Begin'} with random weights (init=random); or make them: ${pretrainCommand(choice)}`;
}

function shippedArchive({ task, model }: BaseChoice): string | undefined {
  return shippedAgents.find((one) => isSameChoice(one.task, task) && one.model === model)?.archive;
}
