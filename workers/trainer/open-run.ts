import type { OnnxAgent } from '../../src/checkpoint/snapshot';
import type { RunConfig } from '../../src/lab/config';
import type { Environment } from '../../src/lab/models/environment';
import { openRunModels } from '../../src/lab/models/open-run-models';
import { StepMeter } from '../../src/lab/run/meter';
import type { KeptRun } from '../../src/lab/run/run-format';
import type { Agent } from '../../src/model/agent';
import type { Backend, OpenedModels, OpenOptions } from '../../src/model/backend';
import type { TokenRules } from '../../src/model/token-rules';
import type { VariantWish } from '../../src/model/variants';
import { perRole, roleNames, type RoleName } from '../../src/waltz/game/roles';

/** The agents of a run that ONNX Runtime runs, and what computes each. */
export interface OnnxAgents {
  agents: Record<string, Agent>;
  variants: Record<string, string>;
  close(): void;
}

export type OpenOnnxAgents = (
  onnx: Readonly<Record<string, OnnxAgent>>,
  options: { rules: TokenRules; recorded: VariantWish['recorded'] },
) => Promise<OnnxAgents>;

export interface OpenRunOptions {
  backend: Backend;
  openOnnx: OpenOnnxAgents;
  config: RunConfig;
  around: Pick<Environment, 'task' | 'tokenizer'>;
  variants: VariantWish;
  progress: OpenOptions['progress'];
}

/** A run's agents, ready to be called. */
export interface OpenedRun extends Pick<OpenedModels, 'provenance' | 'trials' | 'close'> {
  agents: Record<RoleName, Agent>;
  /** Of the agents that the backend computes. */
  states: OpenedModels['states'];
  /** Measures steps while it is on. */
  meter: Pick<StepMeter, 'on' | 'measure'>;
}

/** A run's agents on a backend; those with ONNX weights alone in ONNX Runtime. Throws what either throws. */
export async function openRun(
  { agents, onnx = {} }: Pick<KeptRun, 'agents' | 'onnx'>,
  { backend, openOnnx, config, around, variants, progress }: OpenRunOptions,
): Promise<OpenedRun> {
  const own = roleNames.filter((name) => Object.hasOwn(agents, name)).map((name) => [name, agents[name]] as const);
  const opened = await openRunModels<string>(backend, Object.fromEntries(own), config, around, { variants, progress });
  try {
    const rules = { endTokens: [around.tokenizer.id('<end>')] };
    const frozen = await openOnnx(onnx, { rules, recorded: variants.recorded });
    const agent = (name: RoleName): Agent =>
      Object.hasOwn(frozen.agents, name) ? frozen.agents[name] : opened.models[name];
    const all = perRole(({ name }) => agent(name));
    const meter = new StepMeter(all, opened.meter);
    const { provenance, trials } = opened;
    return {
      ...{ agents: meter.agents, meter, trials },
      provenance: { ...provenance, variants: { ...provenance.variants, ...frozen.variants } },
      states: () => opened.states(),
      close: () => {
        frozen.close();
        opened.close();
      },
    };
  } catch (error) {
    opened.close();
    throw error;
  }
}
