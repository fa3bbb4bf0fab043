import type { Gpu } from '../gpu/device';
import type { SelfCheck } from '../model/backend';
import { compareNumbers, problem, tensorSums } from '../model/self-check';
import { LanguageModel } from './language-model';
import { plainVariants, type Variants } from './variants';
import { TrainingWorkspace } from './workspace';

/** With parameters rounded to f16, eleven bits, everything differs by about 1e-3. */
const HALF_TOLERANCE = 2e-2;

/**
 * Runs a tiny forward pass, backward pass and AdamW step on this GPU and compares them with numbers on file. `progress`
 * counts compiled kernels. Throws the GPU's errors. Its buffers go with the device.
 */
export async function selfCheck(
  gpu: Gpu,
  progress?: (done: number, total: number) => void,
  variants: Variants = plainVariants,
): Promise<SelfCheck> {
  const { state, examples, options } = problem();
  const { config } = state;
  const generation = { slots: 1, newTokens: 1 };
  await gpu.prepare(LanguageModel.kernels(config, generation.newTokens, variants), progress);
  const workspace = new TrainingWorkspace(gpu, config, { tokens: 32, sequences: examples.length });
  const model = new LanguageModel(gpu, config, { rules: { endTokens: [0] }, workspace, generation, variants });
  model.load(state);
  const scores = await model.score(examples.map(({ ids }) => ids));
  const { grad_norm } = await model.supervise(examples, options);
  const gradient = await model.gradient();
  const after = await model.save();
  const moved = Float64Array.from(after.parameters, (value, i) => value - state.parameters[i]);
  const found = {
    logprobs: scores.flatMap(({ logprobs }) => logprobs),
    gradient: [grad_norm, ...tensorSums(model.layout, gradient)],
    step: tensorSums(model.layout, moved),
  };
  return variants.training.half ? compareNumbers(found, HALF_TOLERANCE) : compareNumbers(found);
}
