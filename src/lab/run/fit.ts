import { roleNames } from '../../waltz/game/roles';
import { isSameTask, type TaskTag } from '../../task/task-tag';
import type { LlamaConfig } from '../../model/config';
import type { Tokenizer } from '../../tokenizer/tokenizer';
import type { KeptRun } from './run-format';

/** A run or base agents that belong to another world than this page's. */
export class RunMismatchError extends Error {
  override name = 'RunMismatchError';
}

/** Throws `RunMismatchError` unless these agents speak this world's language and its prompts are still the same. */
export function checkFit(
  kept: Pick<KeptRun, 'task' | 'agents' | 'onnx' | 'tokenizer'>,
  here: TaskTag,
  tokenizer: Tokenizer,
): void {
  const refuse = (why: string): never => {
    throw new RunMismatchError(`These agents cannot go on here: ${why}. Open them with the version that made them.`);
  };
  const { task } = kept;
  if (!isSameTask(task, here)) {
    const inWords = ({ name, level, version }: TaskTag) => `${name} ${level} version ${version}`;
    refuse(`they are of ${inWords(task)}, and this page has ${inWords(here)}`);
  }
  if (JSON.stringify(kept.tokenizer) !== JSON.stringify(tokenizer.toJSON())) {
    refuse("their tokenizer is not this task's");
  }
  const { agents, onnx = {} } = kept;
  const all: Readonly<Record<string, { config: LlamaConfig }>> = { ...agents, ...onnx };
  for (const agent of roleNames) {
    if (!Object.hasOwn(all, agent)) refuse(`there is no ${agent} agent`);
    if (Object.hasOwn(agents, agent) && Object.hasOwn(onnx, agent)) refuse(`there are two ${agent} agents`);
    const { vocab_size } = all[agent].config;
    if (vocab_size !== tokenizer.size) {
      refuse(`the ${agent} agent knows ${vocab_size} tokens where the task has ${tokenizer.size}`);
    }
  }
}
