/** The front door of a run's config: its type, presets, the list of its fields, checking and editing. */
export type { RunConfig } from './run-config';
export { defaults, presetNames, presets } from './presets';
export type { PresetName } from './presets';
export { fields, fieldGroups, fieldOf } from './fields';
export type { Field, FieldGroup, FieldKind, FieldPath } from './fields';
export { ConfigError, configVersion, parseConfig, schema } from './schema';
export { changesOf, choicesIn, choose, configHash, differences, setPath, valueAt, withStages } from './edits';
export type { Difference, FieldValue } from './edits';
export { changeWords, experimentName, nameWith, runName } from './run-name';
export { renewedSettings } from './renewal';
export { isShipped, shippedModel } from '../models/shipped';
export { milestones, stageOf, totalSteps } from '../run/stages';
