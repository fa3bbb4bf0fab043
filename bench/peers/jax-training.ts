import { defaultDevice, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { adam } from '../../src/model/adam';
import { training, type Start, type TrainingContender } from '../contender';
import { causal, decode, head, intMatrix, rotations, use, weightsOf, type Device, type Weights } from './jax-decoder';

type Moments = { first: Weights; second: Weights };

/** Mean of −log p(targets). */
function crossEntropy(scores: np.Array, targets: np.Array): np.Array {
  const chosen = np.takeAlongAxis(scores.ref, np.expandDims(targets, -1), -1);
  return nn.logsumexp(scores, -1, { keepdims: true }).sub(chosen).mean();
}

/** AdamW on the clipped gradient; the corrections are 1 − β^updates. */
function adamw(
  weights: Weights,
  gradient: Weights,
  { first, second }: Moments,
  correction1: np.Array,
  correction2: np.Array,
): [Weights, Moments] {
  const { beta1, beta2, epsilon } = adam;
  const squares = Object.values(gradient).map((g) => np.sum(np.square(g.ref)));
  const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
  const scale = np.minimum(1, np.reciprocal(norm.add(1e-6)).mul(training.gradientClip));
  const clipped = tree.map((g: np.Array) => g.mul(scale.ref), gradient);
  const m = tree.map((m: np.Array, g: np.Array) => m.mul(beta1).add(g.ref.mul(1 - beta1)), first, clipped);
  const v = tree.map((v: np.Array, g: np.Array) => v.mul(beta2).add(np.square(g).mul(1 - beta2)), second, clipped);
  const updated = tree.map(
    (w: np.Array, m: np.Array, v: np.Array) =>
      w.sub(
        m.ref
          .mul(training.learningRate)
          .div(correction1.ref)
          .div(np.sqrt(v.ref.div(correction2.ref)).add(epsilon)),
      ),
    weights,
    m,
    v,
  );
  for (const array of [scale, correction1, correction2]) array.dispose();
  return [updated, { first: m, second: v }];
}

export async function openTraining(start: Start, device: Device): Promise<TrainingContender> {
  await use(device);
  const { config } = start;
  const step = jit(
    (
      weights: Weights,
      moments: Moments,
      correction1: np.Array,
      correction2: np.Array,
      ids: np.Array,
      targets: np.Array,
    ): [np.Array, Weights, Moments] => {
      const rotation = rotations(config, ids.shape[1]);
      const lossOf = (w: Weights) => crossEntropy(head(config, w, decode(config, w, ids, rotation, causal)), targets);
      const [loss, gradient] = valueAndGrad(lossOf)(tree.ref(weights));
      const [updated, moved] = adamw(weights, gradient, moments, correction1, correction2);
      return [loss, updated, moved];
    },
  );
  defaultDevice(device);
  let weights = weightsOf(start, device);
  const zeros = (): Weights => tree.map((w: np.Array) => np.zerosLike(w.ref), weights);
  let moments: Moments = { first: zeros(), second: zeros() };
  let updates = 0;
  return {
    name: `jax-js (${device})`,
    async train(batch) {
      defaultDevice(device);
      updates++;
      const [loss, updated, moved] = step(
        weights,
        moments,
        1 - adam.beta1 ** updates,
        1 - adam.beta2 ** updates,
        intMatrix(batch.map((ids) => ids.slice(0, -1))),
        intMatrix(batch.map((ids) => ids.slice(1))),
      );
      weights = updated;
      moments = moved;
      const [value] = (await loss.data()) as Float32Array;
      return value;
    },
    dispose() {
      tree.dispose(weights);
      tree.dispose(moments);
      step.dispose();
    },
  };
}
