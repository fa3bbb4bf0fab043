import { Random } from '../random/philox';
import type { LlamaConfig } from './config';
import { parameterLayout } from './layout';
import { startingState, type AgentState } from './state';

/**
 * A fresh model: normal weights of deviation 1/√fan-in (1/√hidden for embeddings), the projections that write into the
 * residual stream scaled by 1/√(2·layers) (Radford et al. 2019), norms at one. From the customary 0.02, models as small
 * as these hardly learn to look up a word (docs/engine.md). `place` tells models of one seed apart.
 */
export function initialState(config: LlamaConfig, seed: number, place: number): AgentState {
  const layout = parameterLayout(config);
  const parameters = new Float32Array(layout.size);
  layout.tensors.forEach(({ name, shape, offset, size }, index) => {
    if (name.endsWith('norm.weight')) {
      parameters.fill(1, offset, offset + size);
      return;
    }
    const random = new Random(seed, 'weights', [place, index, 0]);
    const residual = name.includes('o_proj') || name.includes('down_proj');
    const spread = 1 / Math.sqrt(shape[1] * (residual ? 2 * config.num_hidden_layers : 1));
    for (let i = 0; i < size; i++) {
      // Box–Muller; 1 − u keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
      parameters[offset + i] = spread * radius * Math.cos(2 * Math.PI * random.uniform());
    }
  });
  return startingState(config, parameters);
}
