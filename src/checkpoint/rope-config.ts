/** RoPE in a config.json, as transformers 5 reads it: it has a place of its own, and the places that it had before. */
import * as v from 'valibot';
import type { LlamaConfig } from '../model/config';
import type { RopeScaling } from '../model/rope';
import { isRecord } from './json';
import { short } from './short';

export type Rope = Pick<LlamaConfig, 'rope_theta' | 'rope_scaling'>;
type Json = Readonly<Record<string, unknown>>;
type Refuse = (key: string, why: string) => never;

const DEFAULT_THETA = 10_000;
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

/**
 * `rope_scaling` where there is one, else `rope_parameters`; what stands in there goes before what stands beside it.
 * `positions` is max_position_embeddings. Calls `refuse` with the key that is wrong.
 */
export function readRope(json: Json, positions: number, refuse: Refuse): Rope {
  const { place, values } = ropeOf(json, refuse);
  const number = (key: string, left?: number): number => {
    const value = values[key] ?? left;
    if (value === undefined) return refuse(`${place}.${key}`, 'it is missing');
    return v.is(positive, value) ? value : refuse(`${place}.${key}`, `it is ${shown(value)}, not a positive number`);
  };
  const beside = json.rope_theta ?? DEFAULT_THETA;
  if (values.rope_theta == null && !v.is(positive, beside))
    refuse('rope_theta', `it is ${shown(beside)}, not a positive number`);
  const rope_theta = number('rope_theta', beside as number);
  for (const [key, part] of [
    ['partial_rotary_factor', json.partial_rotary_factor],
    [`${place}.partial_rotary_factor`, values.partial_rotary_factor],
  ] as const) {
    if (part != null && part !== 1) refuse(key, `it is ${shown(part)}, and only whole heads are rotated here`);
  }
  const scaling = ((): RopeScaling | null => {
    const type = values.rope_type ?? values.type ?? 'default';
    switch (type) {
      case 'default':
        return null;
      case 'linear':
        return { rope_type: 'linear', factor: number('factor') };
      case 'llama3': {
        const [low_freq_factor, high_freq_factor] = [number('low_freq_factor'), number('high_freq_factor')];
        if (!(low_freq_factor < high_freq_factor))
          refuse(`${place}.high_freq_factor`, 'it is not above low_freq_factor');
        const outside = json.original_max_position_embeddings;
        const inside = number('original_max_position_embeddings', positions);
        const original_max_position_embeddings = v.is(positive, outside) ? outside : inside;
        const factor = number('factor');
        return { rope_type: 'llama3', factor, low_freq_factor, high_freq_factor, original_max_position_embeddings };
      }
      default:
        return refuse(
          `${place}.${values.rope_type === undefined ? 'type' : 'rope_type'}`,
          `it is ${shown(type)}, and RoPE is computed here where it is default, linear or llama3`,
        );
    }
  })();
  return scaling ? { rope_theta, rope_scaling: scaling } : { rope_theta };
}

/** What of a config.json's RoPE is said twice, and which of it is used. */
export function ropeNotes(json: Json): string[] {
  const { rope_scaling: scaling, rope_parameters: parameters, rope_theta: beside } = json;
  const notes: string[] = [];
  const used = filled(scaling) ?? filled(parameters);
  const place = used === scaling ? 'rope_scaling' : 'rope_parameters';
  const theta = used?.rope_theta;
  if (theta != null && beside != null && theta !== beside) {
    notes.push(
      `Its config.json gives two θ for RoPE: ${shown(theta)} in ${place}, which is used, as in transformers, and ${shown(beside)} as rope_theta.`,
    );
  }
  if (filled(scaling) && filled(parameters) && JSON.stringify(scaling) !== JSON.stringify(parameters)) {
    notes.push('Its config.json has rope_scaling, which is used, as in transformers, and other rope_parameters.');
  }
  return notes;
}

function ropeOf(json: Json, refuse: Refuse): { place: string; values: Json } {
  for (const place of ['rope_scaling', 'rope_parameters']) {
    const values = json[place];
    if (values == null) continue;
    if (!isRecord(values)) return refuse(place, 'it is not an object');
    const nested = Object.keys(values).find((key) => isRecord(values[key]));
    if (nested !== undefined) refuse(`${place}.${short(nested)}`, 'RoPE of some layers alone is not computed here');
    if (filled(values)) return { place, values };
  }
  return { place: 'rope_parameters', values: {} };
}

const filled = (value: unknown): Json | null => (isRecord(value) && Object.keys(value).length > 0 ? value : null);

const shown = (value: unknown): string => short(JSON.stringify(value));
