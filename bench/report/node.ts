import { markdownTable } from '../../scripts/markdown';
import type { NodeResult, PrefillResult } from '../document';
import { chatTables } from './chat';
import { count, percent, spread } from './format';
import { generationTables, rlTables, trainingTables } from './workloads';

/** What was measured in Node. */
export function nodeTables({ node, runtime, threads, training, generation, rl, prefill, chat }: NodeResult): string[] {
  const where = ' in Node';
  return [
    `## In Node, on the processor`,
    `${runtime} in Node ${node}, ${threads} threads; each contender in a process of its own, in turns.`,
    ...training.flatMap((result) => trainingTables(result, where)),
    ...generation.flatMap((result) => generationTables(result, where)),
    ...rl.flatMap((result) => rlTables(result, where)),
    ...prefill.flatMap(prefillTable),
    ...(chat ? chatTables(chat, where) : []),
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
