import { isSameChoice, type TaskChoice } from '../../task/task-tag';
import { type RoleName, roleNames } from '../../waltz/game/roles';
import type { ChosenAgents } from '../../../workers/protocol/run';
import type { KeptGuest } from '../../checkpoint/guests';
import {
  ConfigError,
  choose,
  differences,
  isShipped,
  parseConfig,
  presets,
  shippedModel,
  type FieldPath,
  type PresetName,
  type RunConfig,
} from '../../lab/config';
import { fromHash, isPreset, toHash } from './address';

/** What the page opens with: a first impression in minutes on any adapter. */
const firstPreset: PresetName = 'quick';

/** Imported models that can be this agent of a task. */
export function candidates(guests: readonly KeptGuest[], agent: RoleName, task: TaskChoice): KeptGuest[] {
  return guests.filter(
    (guest) => guest.task !== null && isSameChoice(guest.task, task) && (guest.role ?? agent) === agent,
  );
}

/** The config in the visitor's hands: what the next run will be. */
export class Experiment {
  draft = $state.raw<RunConfig>(presets[firstPreset]);
  /** Models that the visitor chose for agents, in place of the shipped ones. No link holds them: they are data. */
  agents = $state.raw<ChosenAgents>({});
  /**
   * What a link brought, while the page tells of it: until the visitor trains, goes back to the defaults or lets it be.
   * Null for settings that the page opens with anyway, and for those that the visitor chose here: a reload of one's own
   * page is no news. A link that was opened and left as it came is told of again after a reload.
   */
  brought = $state.raw<RunConfig | null>(null);
  /** Why the address's settings were left aside, or ''. */
  addressProblem = $state('');

  changed = $derived(new Set<string>(differences(this.draft).map(({ field }) => field.path)));

  /** What to change where the draft asks for base agents that are not shipped, or ''. */
  baseProblem = $derived.by(() => {
    const { task, model, init } = this.draft;
    if (init === 'random' || isShipped(this.draft)) return '';
    const shipped = shippedModel(task);
    const other = shipped === null ? 'Choose' : `Choose ${shipped}, or`;
    return `No base agents of ${model} are shipped for level ${task.level}. ${other} random first weights.`;
  });

  /** What forbids to run the draft, or ''. */
  problem = $derived.by(() => {
    try {
      parseConfig(this.draft);
      return this.baseProblem;
    } catch (error) {
      return messageOf(error);
    }
  });

  /** Sets one field; answers why it cannot be, or ''. */
  set(path: FieldPath, value: string | number): string {
    try {
      this.draft = choose(this.draft, path, String(value));
      this.addressProblem = '';
      return '';
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Chooses a model for an agent, or the shipped one; what ONNX Runtime runs cannot learn, so it is frozen. */
  begin(agent: RoleName, choice: NonNullable<ChosenAgents[RoleName]> | null): void {
    const { [agent]: _, ...others } = this.agents;
    this.agents = choice ? { ...others, [agent]: choice } : others;
    if (choice?.runtime === 'onnx') this.set('freeze', agent);
  }

  /** What of the choice holds: a model may have been deleted since, or speak another task's words. */
  chosenAmong(guests: readonly KeptGuest[]): ChosenAgents {
    const chosen: ChosenAgents = {};
    for (const agent of roleNames) {
      const choice = this.agents[agent];
      const there = candidates(guests, agent, this.draft.task).some(({ id }) => id === choice?.model);
      if (choice && there) chosen[agent] = choice;
    }
    return chosen;
  }

  usePreset(name: string): void {
    if (!isPreset(name)) return;
    this.draft = presets[name];
    this.addressProblem = '';
  }

  /** Shows the settings of a run that was opened again. */
  adopt(config: RunConfig): void {
    this.draft = config;
    this.brought = null;
    this.addressProblem = '';
  }

  /** Whether the settings are the visitor's choice, and not a link's as it came. */
  get own(): boolean {
    return this.draft !== this.brought;
  }

  /** Tells no more of the link; its settings stay. */
  dismissLink(): void {
    this.brought = null;
  }

  backToLink(): void {
    this.draft = this.brought ?? this.draft;
  }

  backToDefaults(): void {
    this.adopt(presets[firstPreset]);
  }

  /**
   * Takes over the settings of an address, of one's `own` or of somebody's link. A broken one changes nothing and says
   * so.
   */
  readAddress(fragment: string, own: boolean): void {
    try {
      const config = fromHash(fragment);
      this.addressProblem = '';
      if (!config) return;
      this.draft = config;
      this.brought = own || toHash(config) === toHash(presets[firstPreset]) ? null : config;
    } catch (error) {
      this.addressProblem = `The settings in the address were left aside. ${messageOf(error)}`;
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  throw error;
}
