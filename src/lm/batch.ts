import { GpuMemoryError } from '../gpu/errors';
import { rewardedSequence, token, type Dims, type Token } from '../gpu/structs';
import type { LlamaConfig } from '../model/config';
import { BatchError, checkIds } from '../model/requests';
import { inputs, runsWithin, type TrainingSequence } from '../model/training-sequences';

/** Sequences packed one after the other without padding, as the kernels read them. */
export interface PackedBatch {
  /** Inputs: every token but each sequence's last, which predicts nothing. */
  tokens: number;
  /** Predicted places, in order. */
  rows: number;
  /** [tokens] of `Token`; a sequence's slots are its tokens. */
  tokenRecords: ArrayBuffer;
  /** [rows]: the token whose successor is predicted, that successor, and its weight. */
  rowToken: Uint32Array<ArrayBuffer>;
  targets: Uint32Array<ArrayBuffer>;
  weights: Float32Array<ArrayBuffer>;
  /** [tokens]: row + 1, or 0. */
  tokenRow: Uint32Array<ArrayBuffer>;
  /** [vocabulary + 1] starts, then tokens sorted by id. */
  occurrences: Uint32Array<ArrayBuffer>;
  /** [sequences] of `RewardedSequence`. */
  sequenceRecords: ArrayBuffer;
  /** First row of each sequence, and the end. */
  rowStarts: number[];
}

/** A part of a batch: whole sequences that are computed at once. */
export interface MicroBatch {
  packed: PackedBatch;
  dims: Dims;
  /** Predicted places of the parts before it. */
  firstRow: number;
}

/**
 * Throws `BatchError` where a sequence cannot be read or nothing is predicted, since the loss would be a mean over
 * nothing, and `GpuMemoryError` where the batch is larger than what was planned.
 */
export function checkBatch(
  sequences: readonly TrainingSequence[],
  config: LlamaConfig,
  most: { tokens: number; sequences: number },
): void {
  checkIds(
    sequences.map(({ ids }) => ids),
    config,
  );
  const predicts = sequences.some(({ weights }) => weights.some((weight, i) => i > 0 && weight !== 0));
  if (!predicts) throw new BatchError('No token of the batch is to be predicted. Give some of them weight.');
  const tokens = sequences.reduce((sum, sequence) => sum + inputs(sequence), 0);
  if (tokens > most.tokens || sequences.length > most.sequences) {
    throw new GpuMemoryError(
      `A batch of ${sequences.length} sequences and ${tokens} tokens does not fit the planned ${most.sequences} and ${most.tokens}. Choose a smaller batch.`,
    );
  }
}

/** Runs of sequences, in order, of at most `tokens` inputs each. Throws `GpuMemoryError` where one alone has more. */
export function split(sequences: readonly TrainingSequence[], tokens: number): TrainingSequence[][] {
  const longest = Math.max(...sequences.map(inputs));
  if (longest > tokens) {
    throw new GpuMemoryError(
      `A sequence of ${longest} tokens does not fit the ${tokens} that are computed at once. Plan for as many as the longest has.`,
    );
  }
  return runsWithin(sequences, tokens);
}

export function pack(sequences: readonly TrainingSequence[], vocabulary: number): PackedBatch {
  const tokens = sequences.reduce((sum, { ids }) => sum + ids.length - 1, 0);
  const tokenRecords: Token[] = [];
  const tokenRow = new Uint32Array(tokens);
  const occurrences = new Uint32Array(vocabulary + 1 + tokens);
  const rowToken: number[] = [];
  const targets: number[] = [];
  const weights: number[] = [];
  const rowStarts = [0];
  let start = 0;
  for (const sequence of sequences) {
    const end = start + sequence.ids.length - 1;
    for (let i = 0; i < sequence.ids.length - 1; i++) {
      tokenRecords.push({ id: sequence.ids[i], position: i, base: start, link: end });
      occurrences[sequence.ids[i] + 1]++;
      if (sequence.weights[i + 1] !== 0) {
        rowToken.push(start + i);
        targets.push(sequence.ids[i + 1]);
        weights.push(sequence.weights[i + 1]);
        tokenRow[start + i] = rowToken.length;
      }
    }
    rowStarts.push(rowToken.length);
    start = end;
  }
  for (let id = 0; id < vocabulary; id++) occurrences[id + 1] += occurrences[id];
  const next = occurrences.slice(0, vocabulary);
  tokenRecords.forEach(({ id }, t) => (occurrences[vocabulary + 1 + next[id]++] = t));

  const sequenceRecords = sequences.map(({ reward }, s) => ({
    ...{ firstRow: rowStarts[s], endRow: rowStarts[s + 1], reward },
  }));
  return {
    tokens,
    rows: rowToken.length,
    tokenRecords: token.packAll(tokenRecords),
    rowToken: new Uint32Array(rowToken),
    targets: new Uint32Array(targets),
    weights: new Float32Array(weights),
    tokenRow,
    occurrences,
    sequenceRecords: rewardedSequence.packAll(sequenceRecords),
    rowStarts,
  };
}
