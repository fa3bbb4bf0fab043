import type { BenchDocument, ChatResult, GenerationResult, LoraResult, MatmulResult, TrainingResult } from './document';
import { percent } from './report/format';

/** What keeps figures from being compared, in words. */
export function faults({ training, generation, matmul, chat, node }: BenchDocument): string[] {
  return [
    ...contestFaults('', training, generation),
    ...(node ? contestFaults(' in Node', node.training, node.generation) : []),
    ...(chat ? chatFaults(' in the page', chat) : []),
    ...(node?.chat ? chatFaults(' in Node', node.chat) : []),
    ...(node?.lora ? loraFaults(node.lora) : []),
    ...productFaults(matmul),
  ];
}

function contestFaults(
  where: string,
  training: readonly TrainingResult[],
  generation: readonly GenerationResult[],
): string[] {
  const failures = [...training, ...generation].flatMap(({ failed }) => failed);
  return [
    ...failures.map(({ name, why }) => `${name} failed${where}: ${why}`),
    ...training.flatMap(({ workload, tolerance, contenders }) =>
      contenders
        .filter(({ agrees }) => !agrees)
        .map(
          ({ name, reference, largestRelativeDifference }) =>
            `Training${where} ${workload.size}: losses of ${name} are up to ${largestRelativeDifference.toExponential(1)} off those of ${reference} (allowed ${tolerance}), so it computes something else.`,
        ),
    ),
    ...generation.flatMap(({ workload, tolerance, contenders }) =>
      contenders
        .filter(({ agrees }) => !agrees)
        .map(
          ({ name, reference, sameTokens }) =>
            `Generation${where} ${workload.size} × ${workload.batch}: ${percent(sameTokens)} of the tokens of ${name} are those of ${reference} (wanted ${percent(tolerance)}), so it computes something else.`,
        ),
    ),
  ];
}

const chatFaults = (where: string, { model, contests }: ChatResult): string[] =>
  contests.flatMap(({ workload: { what, batch }, contenders, failed }) => [
    ...failed.map(({ name, why }) => `${name} failed with ${model}${where}: ${why}`),
    ...contenders
      .filter(({ agrees }) => !agrees)
      .map(
        ({ name, largestLead, tolerance }) =>
          `${model}${where}, ${what} × ${batch}: where ${name} took another token than we, its logit was ${largestLead?.toPrecision(2) ?? 'by nobody knows how much'} below (allowed ${tolerance}), so one of us computes something else.`,
      ),
  ]);

const loraFaults = ({ model, contenders, failed, tolerance }: LoraResult): string[] => [
  ...failed.map(({ name, why }) => `${name} failed at LoRA steps of ${model}: ${why}`),
  ...contenders
    .filter(({ agrees }) => !agrees)
    .map(
      ({ name, reference, largestRelativeDifference }) =>
        `LoRA steps of ${model}: losses of ${name} are up to ${largestRelativeDifference.toExponential(1)} off those of ${reference} (allowed ${tolerance}), so it computes something else.`,
    ),
];

const productFaults = (matmul: readonly MatmulResult[]): string[] =>
  matmul.flatMap(({ size, tolerance, shapes }) =>
    shapes.flatMap(({ name, rates }) =>
      rates
        .filter(({ error }) => !(error <= tolerance))
        .map(
          ({ kernel, error }) =>
            `Products of ${size}: ${kernel} is ${error.toExponential(1)} off at ${name}; left out.`,
        ),
    ),
  );
