import { markdownTable } from '../../scripts/markdown';
import type { LoraResult, NodeResult, PrefillResult } from '../document';
import { chatTables } from './chat';
import { absences, contest } from './contest';
import { count, percent, spread } from './format';
import { generationTables, rlTables, trainingTables } from './workloads';

/** What was measured in Node. */
export function nodeTables({
  node,
  runtime,
  threads,
  training,
  generation,
  rl,
  prefill,
  chat,
  lora,
}: NodeResult): string[] {
  const where = ' in Node';
  return [
    `## In Node, on the processor`,
    `${runtime} in Node ${node}, ${threads} threads; each contender in a process of its own, in turns.`,
    ...training.flatMap((result) => trainingTables(result, where)),
    ...generation.flatMap((result) => generationTables(result, where)),
    ...rl.flatMap((result) => rlTables(result, where)),
    ...prefill.flatMap(prefillTable),
    ...(chat ? chatTables(chat, where) : []),
    ...(lora ? loraTables(lora) : []),
  ];
}

function loraTables({ model, parameters, adapters, workload, contenders, satOut, missing }: LoraResult): string[] {
  const { sequences, length } = workload;
  const head = `## LoRA step in Node, ${model}`;
  if (missing !== null) return [head, `Not measured: ${missing}`];
  return [
    `${head} (${count(adapters)} parameters on ${count(parameters)}), ${sequences} × ${length} tokens`,
    contest(contenders, { tokens: 'tokens', run: 'step' }, 'losses agree to', (one) =>
      one.largestRelativeDifference === 0 ? 'reference' : one.largestRelativeDifference.toExponential(0),
    ),
    ...absences(satOut),
  ];
}

function prefillTable({ model, tokens, parameters, flops, seconds, product }: PrefillResult): string[] {
  const { rows, inputs, outputs } = product;
  const line = (what: string, made: number, taken: PrefillResult['seconds']) => [
    what,
    (made / 1e9).toFixed(2),
    spread(taken),
    (made / taken.median / 1e9).toFixed(1),
  ];
  return [
    `## Prefill in Node, ${model} (${count(parameters)} parameters), ${tokens} tokens`,
    markdownTable(
      ['', 'GFLOP', 'seconds', 'GFLOP/s', 'of the product'],
      [
        [...line('prompt', flops, seconds), percent(prefillShare({ flops, seconds, product }))],
        [...line(`[${rows} × ${inputs}] · [${inputs} × ${outputs}]`, product.flops, product.seconds), ''],
      ],
    ),
  ];
}

/** Of the rate of one product alone, by medians. */
export function prefillShare({
  flops,
  seconds,
  product,
}: Pick<PrefillResult, 'flops' | 'seconds' | 'product'>): number {
  return flops / seconds.median / (product.flops / product.seconds.median);
}
