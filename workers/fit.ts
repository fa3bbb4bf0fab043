import type { KeptRun } from '../src/lab/run-format';
import type { LlamaConfig } from '../src/lm/config';
import type { Tokenizer } from '../src/tokenizer/tokenizer';
import { agentNames, type World } from '../src/world/world';

/** A run or base agents that belong to another world than this page's. */
export class RunMismatchError extends Error {
  override name = 'RunMismatchError';
}

/** Throws `RunMismatchError` unless these agents speak this world's language and its prompts are still the same. */
export function checkFit(
  kept: Pick<KeptRun, 'world' | 'agents' | 'onnx' | 'tokenizer'>,
  { name, level, version }: Pick<World, 'name' | 'level' | 'version'>,
  tokenizer: Tokenizer,
): void {
  const refuse = (why: string): never => {
    throw new RunMismatchError(`These agents cannot go on here: ${why}. Open them with the version that made them.`);
  };
  const { world } = kept;
  if (world.name !== name || world.level !== level || world.version !== version) {
    refuse(
      `they are of ${world.name} ${world.level} version ${world.version}, and this page has ${name} ${level} version ${version}`,
    );
  }
  if (JSON.stringify(kept.tokenizer) !== JSON.stringify(tokenizer.toJSON())) {
    refuse("their tokenizer is not this world's");
  }
  const { agents, onnx = {} } = kept;
  const all: Readonly<Record<string, { config: LlamaConfig }>> = { ...agents, ...onnx };
  for (const agent of agentNames) {
    if (!Object.hasOwn(all, agent)) refuse(`there is no ${agent} agent`);
    if (Object.hasOwn(agents, agent) && Object.hasOwn(onnx, agent)) refuse(`there are two ${agent} agents`);
    const { vocab_size } = all[agent].config;
    if (vocab_size !== tokenizer.size) {
      refuse(`the ${agent} agent knows ${vocab_size} tokens where the world has ${tokenizer.size}`);
    }
  }
}
