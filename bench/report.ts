/** A bench document as Markdown. Pure: nothing here is a figure of its own. */
import { markdownTable } from '../scripts/markdown';
import { lengthChart, sizeChart } from './charts';
import type { BenchDocument, MatmulResult, ScalingResult } from './document';
import { estimate, imaginedGpus } from './estimate';
import { chatTables } from './report/chat';
import { amount, count, percent, spread } from './report/format';
import { nodeTables } from './report/node';
import { generationTables, rlTables, trainingTables } from './report/workloads';

export function markdown(document: BenchDocument): string {
  const { training, generation, rl, chat, node, scaling, matmul, faults: found } = document;
  return [
    ...machine(document),
    ...training.flatMap((result) => trainingTables(result)),
    ...sizeChart(document),
    ...generation.flatMap((result) => generationTables(result)),
    ...rl.flatMap((result) => rlTables(result)),
    ...(chat ? chatTables(chat, ' in the page') : []),
    ...(node ? nodeTables(node) : []),
    ...scaling.flatMap(scalingTable),
    ...estimateTable(document),
    ...matmul.flatMap(matmulTable),
    ...(found.length > 0 ? ['## Faults', found.map((fault) => `- ${fault}`).join('\n')] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

function machine({
  date,
  command,
  seconds: all,
  machine: { cpu, cores, load, system, browser, adapter },
}: BenchDocument): string[] {
  const name =
    adapter && [adapter.vendor, adapter.architecture, adapter.device, adapter.description].filter(Boolean).join(', ');
  return [
    '# Bench',
    [
      `- ${date}, \`${command}\`${all === undefined ? '' : `, took ${(all / 60).toFixed(1)} minutes`}`,
      ...(adapter ? [`- Adapter: ${name}${adapter.software ? ' (a processor plays the GPU)' : ''}; ${browser}`] : []),
      `- ${cpu}, ${cores} cores, ${system}; load of the machine ${load.map((one) => one.toFixed(2)).join(' before, ')} after`,
      '- Seconds are medians, with the fastest and slowest run in brackets. Counts are per step or per generated token.',
    ].join('\n'),
  ];
}

/** Each point beside the first one: how much more work it is, and how much longer it takes. */
function scalingTable(result: ScalingResult): string[] {
  const { size, backend, points } = result;
  const work = ({ sequences, length }: ScalingResult['points'][number]) => sequences * length;
  const [first] = points;
  return [
    `## Growth of our training step, ${size}${backend === undefined ? '' : `, ${backend}`}`,
    markdownTable(
      ['sequences × length', 'seconds a step', 'tokens, × the first', 'time, × the first', 'µs a token'],
      points.map((point) => [
        `${point.sequences} × ${point.length}`,
        spread(point.seconds),
        amount(work(point) / work(first)),
        (point.seconds.median / first.seconds.median).toFixed(2),
        ((1e6 * point.seconds.median) / work(point)).toFixed(0),
      ]),
    ),
    lengthChart(result),
  ];
}

/** From counts alone: what was never measured on such a GPU. */
function estimateTable({ training }: BenchDocument): string[] {
  if (training.length === 0) return [];
  const assumed = imaginedGpus.map(
    ({ name, reached, dispatch, gap }) =>
      `${name}: ${percent(reached)} of it reached, ${1e6 * dispatch} µs of the browser and ${1e6 * gap} µs of idling a dispatch`,
  );
  return [
    '## Estimates for GPUs that were not at hand',
    `Not measured: the operations of a step's products and its dispatches, as counted above, under assumptions. ${assumed.join('; ')}. Recording and computing overlap, so the longer one decides.`,
    markdownTable(
      ['', 'GPU', 'dispatches', 'recording', 'computing', 'tokens/s'],
      training.flatMap((result) =>
        result.contenders
          .filter(({ counts: { dispatches } }) => dispatches > 0)
          .flatMap(({ name, counts: { dispatches } }) =>
            estimate(result, dispatches).map(({ gpu, host, device, tokensPerSecond }) => [
              `${result.workload.size}, ${name}`,
              gpu,
              count(dispatches),
              `${(1e3 * host).toPrecision(2)} ms`,
              `${(1e3 * device).toPrecision(2)} ms`,
              count(Number(tokensPerSecond.toPrecision(2))),
            ]),
          ),
      ),
    ),
  ];
}

function matmulTable({ size, tokens, shapes }: MatmulResult): string[] {
  return [
    `## Matrix products, ${size}, ${count(tokens)} tokens`,
    markdownTable(
      [
        '',
        'shape',
        'best simple kernel (GFLOP/s)',
        'kernel',
        "best of the engine's (GFLOP/s)",
        'variant',
        'engine ÷ simple, fastest',
      ],
      shapes.map(({ name, tokens: rows, inputs, outputs, simple, engine }) => [
        name,
        `[${rows} × ${inputs}] · [${inputs} × ${outputs}]`,
        spread(simple.flopsPerSecond, 1e9),
        simple.kernel,
        spread(engine.flopsPerSecond, 1e9),
        engine.kernel,
        percent(engine.flopsPerSecond.max / simple.flopsPerSecond.max),
      ]),
    ),
  ];
}
