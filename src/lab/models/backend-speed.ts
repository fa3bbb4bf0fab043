import type { Backend } from '../../model/backend';
import { problem } from '../../model/self-check';

/** Sequences of the self-check's model, small enough that a slow device does not keep anybody waiting. */
const SEQUENCES = 32;
const NEW_TOKENS = 6;
const REPEATS = 3;

/**
 * Milliseconds of a short piece of what runs do: texts are written and learned from, by a tiny model, as fast as it went
 * once everything is compiled. For choosing between backends, no more. Throws what the backend throws.
 */
export async function timeBackend(backend: Backend): Promise<number> {
  const { state, examples } = problem();
  const length = state.config.max_position_embeddings;
  const batch = Array.from({ length: SEQUENCES }, (_, i) => examples[i % examples.length]);
  const capacity = {
    ...{ length, training: { tokens: SEQUENCES * length, sequences: SEQUENCES }, advice: String },
    generation: { slots: SEQUENCES, newTokens: NEW_TOKENS },
  };
  const opened = await backend.open({ only: state }, capacity, { rules: { endTokens: [] } });
  try {
    const { only } = opened.models;
    const prompts = batch.map(({ ids }) => ids.slice(0, length - NEW_TOKENS));
    const draw = { seed: 0, stream: 'sampling', step: 0, rollouts: prompts.map((_, i) => i), phase: 0 } as const;
    let fastest = Infinity;
    for (let i = 0; i <= REPEATS; i++) {
      const begun = performance.now();
      await only.generate(prompts, { maxNewTokens: NEW_TOKENS, temperature: 1, draw });
      await only.supervise(batch, { learningRate: 1e-3, gradientClip: 1 });
      if (i > 0) fastest = Math.min(fastest, performance.now() - begun);
    }
    return fastest;
  } finally {
    opened.close();
  }
}
