import type { GenericSchema } from 'valibot';
import type { LlamaConfig } from '../model/config';
import type { TaskTag } from '../task/task-tag';
import { parameterLayout } from '../model/layout';
import type { Provenance } from '../model/provenance';
import type { AgentState } from '../model/state';
import { readLlamaConfig } from './llama-config';
import { checkOnnxDecoder } from './onnx-outline';

/** An agent that ONNX Runtime runs: it plays and never learns, so its file is all that it is. */
export interface OnnxAgent {
  config: LlamaConfig;
  /** A decoder in f32 with past key values. */
  onnx: Uint8Array<ArrayBuffer>;
}

/**
 * A run between two steps: everything that it takes to go on as if it had never stopped. The types of config, metrics,
 * evaluations and measurements belong to the caller, who says with a `RunFormat` how to check them.
 */
export interface RunSnapshot<Config, Metrics, Evaluation, Measured> {
  /** The run's id. */
  run: string;
  /** What people call it. */
  name: string;
  config: Config;
  /** Where its prompts come from. */
  task: TaskTag;
  /** RL steps made. */
  step: number;
  finished: boolean;
  /** One per step made, in order. */
  metrics: readonly Metrics[];
  evaluations: readonly Evaluation[];
  /** What was asked for beside the evaluations, in order. */
  measured: readonly Measured[];
  agents: Readonly<Record<string, AgentState>>;
  /** Agents that are none of `agents`, where there are any. */
  onnx?: Readonly<Record<string, OnnxAgent>> | undefined;
  /** What agents were called that the run began with in place of the shipped ones, where there were any. */
  origins?: Readonly<Record<string, string>> | undefined;
  /** A Hugging Face tokenizer.json. */
  tokenizer: Record<string, unknown>;
  provenance: Provenance;
  /** Positions of random streams that do not follow from `step`. */
  counters: Readonly<Record<string, number>>;
}

/** How to check what was read, since nothing that comes from a file or a store is trusted. */
export interface RunFormat<Config, Metrics, Evaluation, Measured> {
  /** Raised whenever the meaning of a config changes. */
  configVersion: number;
  /** The oldest version that `config` still reads. */
  oldestConfigVersion: number;
  config: GenericSchema<unknown, Config>;
  metrics: GenericSchema<unknown, Metrics>;
  evaluation: GenericSchema<unknown, Evaluation>;
  measured: GenericSchema<unknown, Measured>;
  /** Steps of the whole run. */
  total(config: Config): number;
  /** What of a history is not of this config, in words; null where all of it is. */
  contradiction(
    config: Config,
    history: { evaluations: readonly Evaluation[]; measured: readonly Measured[] },
  ): string | null;
}

/** An agent whose arrays are not its config's, or not numbers. */
export class AgentStateError extends Error {
  override name = 'AgentStateError';
}

const arrays = ['parameters', 'firstMoment', 'secondMoment', 'reference'] as const;

/**
 * Throws `AgentStateError` unless every agent has all of its arrays, as long as its layout and finite, and
 * `OnnxFileError` where an ONNX agent's file is no decoder of its config.
 */
export function checkAgents({
  agents,
  onnx = {},
}: Pick<RunSnapshot<unknown, unknown, unknown, unknown>, 'agents' | 'onnx'>): void {
  for (const [name, state] of Object.entries(agents)) {
    const { size } = parameterLayout(configOf(state, name));
    for (const array of arrays) {
      const values = state[array];
      if (!(values instanceof Float32Array) || values.length !== size) {
        throw new AgentStateError(`The ${array} of "${name}" do not fit its config. Take an earlier checkpoint.`);
      }
      if (!values.every(Number.isFinite)) {
        throw new AgentStateError(
          `The ${array} of "${name}" hold a NaN or an infinity: the run has diverged. Go on from its last checkpoint with a lower learning rate.`,
        );
      }
    }
  }
  for (const [name, agent] of Object.entries(onnx)) checkOnnxDecoder(agent.onnx, configOf(agent, name), name);
}

function configOf({ config }: { config: LlamaConfig }, name: string): LlamaConfig {
  return readLlamaConfig({ model_type: 'llama', ...config }, name);
}

/** Whether a format's schema reads configs of a version. */
export function isReadable(
  version: number,
  {
    configVersion,
    oldestConfigVersion,
  }: Pick<RunFormat<unknown, unknown, unknown, unknown>, 'configVersion' | 'oldestConfigVersion'>,
): boolean {
  return version >= oldestConfigVersion && version <= configVersion;
}
