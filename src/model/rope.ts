/** How RoPE's frequencies are changed so that a model reads further than it did at first. Keys as in Hugging Face's config. */
export type RopeScaling =
  | { rope_type: 'linear'; factor: number }
  | {
      rope_type: 'llama3';
      factor: number;
      low_freq_factor: number;
      high_freq_factor: number;
      original_max_position_embeddings: number;
    };

/** What RoPE is computed from. */
export interface RopeConfig {
  /** hidden_size / num_attention_heads. */
  head_dim: number;
  rope_theta: number;
  /** Left out where RoPE is plain. */
  rope_scaling?: RopeScaling;
}

/** Angles per position of the pairs of a head, [head_dim / 2], in double precision. */
export function inverseFrequencies({ head_dim, rope_theta, rope_scaling }: RopeConfig): Float64Array {
  const half = head_dim / 2;
  const plain = Float64Array.from({ length: half }, (_, i) => rope_theta ** (-i / half));
  if (!rope_scaling) return plain;
  const { factor } = rope_scaling;
  if (rope_scaling.rope_type === 'linear') return plain.map((frequency) => frequency / factor);
  // Llama 3.1: what turns fast stays, what turns slowly is stretched, and between them one goes over into the other.
  const { low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: original } = rope_scaling;
  return plain.map((frequency) => {
    const turns = (original * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return (kept + (1 - kept) / factor) * frequency;
  });
}

/** The angle of every pair at every position below `positions`, [positions, head_dim / 2], in double precision. */
export function rotationAngles(config: RopeConfig, positions: number): Float64Array {
  const frequencies = inverseFrequencies(config);
  const half = frequencies.length;
  return Float64Array.from({ length: positions * half }, (_, at) => Math.floor(at / half) * frequencies[at % half]);
}
