import { fieldGroups, fields, type Field, type FieldGroup, type FieldPath } from '../../lab/config';
import { roleNames } from '../../waltz/game/roles';

/** What a visitor turns first; the rest of each group stands behind “More”. */
const essential: ReadonlySet<FieldPath> = new Set<FieldPath>([
  'task.name',
  'task.level',
  'model',
  'init',
  'method',
  'seed',
  'stages.one',
  'stages.two',
  'freeze',
  'reward.alpha',
  'reward.lambda',
  'reward.gamma',
  'reward.variant',
  ...roleNames.map((name): FieldPath => `optimizer.learning_rate.${name}`),
  'policy.beta',
  'policy.epsilon',
  'rollout.batch',
  'rollout.max_rounds',
  'rollout.trajectories',
]);

/** A choice of one is none. */
function isChoosable({ kind }: Field): boolean {
  return kind.type !== 'choice' || kind.choices.filter(({ offered }) => offered).length > 1;
}

export const groups: readonly { name: FieldGroup; first: readonly Field[]; more: readonly Field[] }[] = fieldGroups.map(
  (name) => {
    const own = fields.filter((field) => field.group === name && isChoosable(field));
    return {
      name,
      first: own.filter((field) => essential.has(field.path)),
      more: own.filter((field) => !essential.has(field.path)),
    };
  },
);

export type ControlShape = 'slider' | 'segments' | 'select' | 'entry';

/** Which control fits a field: few short choices side by side, real ranges on a slider, wide whole numbers typed. */
export function controlShape({ kind }: Field): ControlShape {
  if (kind.type === 'number') return 'slider';
  if (kind.type === 'integer') return kind.max - kind.min < 8 ? 'segments' : 'entry';
  const letters = kind.choices.reduce((sum, { label }) => sum + label.length, 0);
  return letters <= 28 && kind.choices.length <= 4 ? 'segments' : 'select';
}
