/** The head of a model whose file and config.json do not agree on whether it is the embedding, as transformers 5 has it. */
import type { LlamaConfig } from '../model/config';
import { Random } from '../random/philox';
import type { StoredTensor } from './safetensors';

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';

/** What a parameter is read from. */
export interface Source {
  shape: readonly number[];
  /** Where it begins in its file, in bytes; left out where it is in none. */
  begin?: number;
  readInto(to: Float32Array<ArrayBuffer>): Promise<void> | void;
}

/** A model's tensors as its config has them, and what is to be said of it. */
export interface Settled {
  config: LlamaConfig;
  tensors: ReadonlyMap<string, Source>;
  notes: readonly string[];
}

/** Where a head is needed and there is none, transformers begins with random numbers of this deviation, and so do we. */
const SPREAD = 0.02;
/** Values that are compared at once. */
const PIECE = 2 ** 21;

/** Throws what reading the two matrices throws. */
export async function settleHead(config: LlamaConfig, stored: ReadonlyMap<string, StoredTensor>): Promise<Settled> {
  const embedding = stored.get(EMBEDDING);
  const head = stored.get(HEAD);
  const { tie_word_embeddings: tied, vocab_size, hidden_size } = config;
  if (tied && head && !embedding) {
    return { config, tensors: without(stored, HEAD).set(EMBEDDING, head), notes: [] };
  }
  if (tied && head && embedding) {
    // Some writers keep the tied head beside the embedding.
    if (await same(embedding, head)) return { config, tensors: without(stored, HEAD), notes: [] };
    return {
      config: { ...config, tie_word_embeddings: false },
      tensors: stored,
      notes: [
        'Its config.json says that its head is tied to its embedding, and its lm_head.weight is another matrix: they are not tied here, as in transformers.',
      ],
    };
  }
  if (!tied && embedding && !head) {
    return {
      config,
      tensors: new Map<string, Source>([...stored, [HEAD, { shape: [vocab_size, hidden_size], readInto: randomHead }]]),
      notes: [
        'Its config.json does not tie its head to its embedding, and its files have no lm_head.weight: its head is random, as in transformers, so it has to learn before it says anything. If it was tied, set "tie_word_embeddings": true in config.json.',
      ],
    };
  }
  return { config, tensors: stored, notes: [] };
}

function without(tensors: ReadonlyMap<string, StoredTensor>, name: string): Map<string, Source> {
  return new Map<string, Source>([...tensors].filter(([key]) => key !== name));
}

/** Box–Muller; 1 − u keeps the logarithm finite. */
function randomHead(to: Float32Array): void {
  const random = new Random(1, 'weights');
  for (let i = 0; i < to.length; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    to[i] = SPREAD * radius * Math.cos(2 * Math.PI * random.uniform());
  }
}

async function same(a: StoredTensor, b: StoredTensor): Promise<boolean> {
  if (a.shape.join() !== b.shape.join()) return false;
  const size = a.shape.reduce((x, y) => x * y, 1);
  // One after the other: a packed file is read from its begin on.
  const values = await a.read();
  for (let at = 0; at < size; at += PIECE) {
    const piece = new Float32Array(Math.min(PIECE, size - at));
    await b.readInto(piece, at);
    if (piece.some((value, i) => value !== values[at + i])) return false;
  }
  return true;
}
