/** The head of a model whose file and config.json do not agree on whether it is the embedding, as transformers 5 has it. */
import type { LlamaConfig } from '../model/config';
import { Random } from '../random/philox';
import type { StoredTensor } from './safetensors';

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';

/** What a parameter is read from. */
export type Source = Pick<StoredTensor, 'shape' | 'readInto'>;

/** A model's tensors as its config has them, and what is to be said of it. */
export interface Settled {
  config: LlamaConfig;
  tensors: ReadonlyMap<string, Source>;
  notes: readonly string[];
}

/** Where a head is needed and there is none, transformers begins with random numbers of this deviation, and so do we. */
const SPREAD = 0.02;

export function settleHead(config: LlamaConfig, stored: ReadonlyMap<string, StoredTensor>): Settled {
  const embedding = stored.get(EMBEDDING);
  const head = stored.get(HEAD);
  const { tie_word_embeddings: tied, vocab_size, hidden_size } = config;
  if (tied && head && !embedding) {
    return { config, tensors: without(stored, HEAD).set(EMBEDDING, head), notes: [] };
  }
  if (tied && head && embedding) {
    // Some writers keep the tied head beside the embedding.
    if (same(embedding, head)) return { config, tensors: without(stored, HEAD), notes: [] };
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

function same(a: StoredTensor, b: StoredTensor): boolean {
  if (a.shape.join() !== b.shape.join()) return false;
  const [x, y] = a.dtype === b.dtype ? [a.bytes, b.bytes] : [a.read(), b.read()];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}
