import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import { addBackward } from './backward';
import type { LlamaConfig } from '../model/config';
import { addForward } from './forward';
import type { ModelKernels } from './kernels';
import type { Weights } from './weights';
import type { TrainingWorkspace } from './workspace';

export type LearningPlans = ReturnType<typeof learningPlans>;

/** The plans of learning, each over the part of a batch that the workspace holds. */
export function learningPlans(
  gpu: Gpu,
  kernels: ModelKernels,
  config: LlamaConfig,
  weights: Weights,
  reference: Weights,
  workspace: TrainingWorkspace,
  policy: GPUBuffer,
) {
  const { activations, batch, constants, places, moments, gradients } = workspace;
  const rows = { extent: 'rows', units: 1 } as const;
  const plan = (fill: (plan: Plan) => void) => {
    const made = new Plan(gpu);
    fill(made);
    return made;
  };
  const { dims, tokens, rowToken } = batch;
  const read = { dims, tokens, rows: { rowToken, gathered: activations.gathered, kernel: kernels.gather } };
  const forward = (from: Weights) =>
    plan((p) => {
      addForward(p, kernels, kernels.training, config, from, constants.forward, read, activations);
    });
  const scores = (logProbability: GPUBuffer) =>
    plan((p) => {
      p.add(
        kernels.logSoftmax,
        [batch.dims, activations.logits, batch.targets, places.logSumExp, logProbability, places.entropy],
        rows,
      );
    });
  const { logitsByToken, flat, total } = gradients;
  return {
    forwardReference: forward(reference),
    scoresReference: scores(places.reference),
    forward: forward(weights),
    scores: scores(places.logProbability),
    advantages: plan((p) => {
      p.add(kernels.advantage, [batch.dims, policy, batch.sequences, places.old, places.reference, places.advantages], {
        extent: 'sequences',
        units: 1,
      });
    }),
    surrogate: plan((p) => {
      const { advantages, logProbability, old, coefficients, report, logSumExp } = places;
      p.add(
        kernels.surrogate,
        [batch.dims, policy, batch.weights, moments, advantages, logProbability, old, coefficients, report],
        rows,
      );
      p.add(
        kernels.logitGradient,
        [batch.dims, coefficients, batch.targets, activations.inverse, activations.logits, logitsByToken, logSumExp],
        rows,
      );
    }),
    crossEntropy: plan((p) => {
      p.add(
        kernels.crossEntropy,
        [
          batch.dims,
          batch.weights,
          batch.targets,
          activations.inverse,
          activations.logits,
          logitsByToken,
          places.report,
        ],
        rows,
      );
    }),
    backward: plan((p) => {
      addBackward(p, kernels, config, weights, workspace);
    }),
    /** Adds the part's gradient to those before it. */
    accumulate: plan((p) => {
      if (total) p.add(kernels.accumulate, [flat, total], { invocations: total.size / 16 });
    }),
  };
}
