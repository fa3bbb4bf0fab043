/** Sequences, packed one after the other, and where each token stands among them. */
export interface PaddedBatch {
  tokens: number;
  sequences: number;
  /** Of the longest sequence. */
  length: number;
  /** [tokens] */
  ids: Int32Array<ArrayBuffer>;
  sequence: Int32Array<ArrayBuffer>;
  position: Int32Array<ArrayBuffer>;
  /** [sequences, length]: the token in that place, 0 behind a sequence's end, where `real` is 0 and not 1. */
  packed: Int32Array<ArrayBuffer>;
  real: Float32Array<ArrayBuffer>;
}

export function padBatch(sequences: readonly (readonly number[])[]): PaddedBatch {
  const lengths = sequences.map((ids) => ids.length);
  const tokens = lengths.reduce((a, b) => a + b, 0);
  const length = Math.max(...lengths);
  const batch: PaddedBatch = {
    ...{ tokens, length, sequences: sequences.length },
    ids: new Int32Array(tokens),
    sequence: new Int32Array(tokens),
    position: new Int32Array(tokens),
    packed: new Int32Array(sequences.length * length),
    real: new Float32Array(sequences.length * length),
  };
  let token = 0;
  sequences.forEach((ids, s) => {
    for (let i = 0; i < lengths[s]; i++, token++) {
      batch.ids[token] = ids[i];
      batch.sequence[token] = s;
      batch.position[token] = i;
      batch.packed[s * length + i] = token;
      batch.real[s * length + i] = 1;
    }
  });
  return batch;
}
