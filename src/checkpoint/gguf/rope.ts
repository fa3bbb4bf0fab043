/** RoPE that was changed, as a GGUF file says it. */
import { inverseFrequencies, type RopeConfig, type RopeScaling } from '../../model/rope';
import { short } from '../short';
import type { Refusal } from './error';
import type { Metadata } from './metadata';

const SCALING = 'llama.rope.scaling';
const supported = 'RoPE is computed here where it is plain, linear, or as Llama 3.1 has it: choose another checkpoint.';

/** All that Llamas from 3.1 on have in common. */
const llama3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
/** Of a factor: it was computed in double precision and kept in single. */
const TOLERANCE = 1e-5;

/**
 * The scaling as config.json has it, null where there is none. Of llama3 a file keeps what the frequencies are divided by, one
 * factor for each pair of a head, and not what it follows from: that is found again, and has to give the same factors.
 */
export function ropeScaling(metadata: Metadata, factors: Float32Array | null, refusal: Refusal): RopeScaling | null {
  const type = metadata.text(`${SCALING}.type`) ?? 'none';
  // Of the first files, which knew linear scaling alone.
  const old = metadata.number('llama.rope.scale_linear') ?? 1;
  const factor = metadata.number(`${SCALING}.factor`) ?? old;
  const changed = factors?.some((one) => one !== 1) ? factors : null;
  if (changed) {
    if (type !== 'none') refusal.unsupported(`it has rope_freqs.weight and RoPE of the type ${short(type)}`, supported);
    return llama3Of(metadata, changed, refusal);
  }
  if (type === 'linear' || (type === 'none' && old !== 1)) return factor === 1 ? null : { rope_type: 'linear', factor };
  if (type !== 'none') refusal.unsupported(`its RoPE is of the type ${short(type)}`, supported);
  return null;
}

function llama3Of(metadata: Metadata, factors: Float32Array, refusal: Refusal): RopeScaling {
  const original = metadata.number(`${SCALING}.original_context_length`) ?? llama3.original_max_position_embeddings;
  // The slowest pair is stretched in full.
  const factor = factors[factors.length - 1];
  const scaling: RopeScaling = {
    ...{ rope_type: 'llama3', factor, ...llama3, original_max_position_embeddings: original },
  };
  const plain: RopeConfig = {
    head_dim: 2 * factors.length,
    rope_theta: metadata.number('llama.rope.freq_base') ?? 10_000,
  };
  const [before, after] = [inverseFrequencies(plain), inverseFrequencies({ ...plain, rope_scaling: scaling })];
  const same = factors.every((one, i) => Math.abs(before[i] / after[i] / one - 1) < TOLERANCE);
  if (!same)
    refusal.unsupported('its rope_freqs.weight does not follow from llama3’s rule with its usual numbers', supported);
  return scaling;
}
