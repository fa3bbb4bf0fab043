/** A bench document as Markdown. Pure: nothing here is a figure of its own. */
import { markdownTable } from '../scripts/markdown';
import { lengthChart, sizeChart } from './charts';
import type {
  Absence,
  BenchDocument,
  ContenderResult,
  GenerationResult,
  MatmulResult,
  RlResult,
  ScalingResult,
  TrainingResult,
} from './document';
import { efficiencies } from './efficiency';
import { estimate, imaginedGpus } from './estimate';
import type { Counts } from './instrument';
import type { Samples } from './samples';

export function markdown(document: BenchDocument): string {
  const { training, generation, rl, scaling, matmul, faults: found } = document;
  return [
    ...machine(document),
    ...training.flatMap(trainingTables),
    ...sizeChart(document),
    ...generation.flatMap(generationTables),
    ...rl.flatMap(rlTables),
    ...scaling.flatMap(scalingTable),
    ...estimateTable(document),
    ...matmul.flatMap(matmulTable),
    ...(found.length > 0 ? ['## Faults', found.map((fault) => `- ${fault}`).join('\n')] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

/** What keeps figures from being compared, in words. */
export function faults({ training, generation, matmul }: BenchDocument): string[] {
  const failures = [...training, ...generation].flatMap(({ failed }) => failed);
  return [
    ...failures.map(({ name, why }) => `${name} failed: ${why}`),
    ...training.flatMap(({ workload, tolerance, contenders }) =>
      contenders
        .filter(({ agrees }) => !agrees)
        .map(
          ({ name, reference, largestRelativeDifference }) =>
            `Training ${workload.size}: losses of ${name} are up to ${largestRelativeDifference.toExponential(1)} off those of ${reference} (allowed ${tolerance}), so it computes something else.`,
        ),
    ),
    ...generation.flatMap(({ workload, tolerance, contenders }) =>
      contenders
        .filter(({ agrees }) => !agrees)
        .map(
          ({ name, reference, sameTokens }) =>
            `Generation ${workload.size} × ${workload.batch}: ${percent(sameTokens)} of the tokens of ${name} are those of ${reference} (wanted ${percent(tolerance)}), so it computes something else.`,
        ),
    ),
    ...matmul.flatMap(({ size, tolerance, shapes }) =>
      shapes.flatMap(({ name, rates }) =>
        rates
          .filter(({ error }) => !(error <= tolerance))
          .map(
            ({ kernel, error }) =>
              `Products of ${size}: ${kernel} is ${error.toExponential(1)} off at ${name}; left out.`,
          ),
      ),
    ),
  ];
}

function machine({
  date,
  command,
  seconds: all,
  machine: { cpu, cores, load, system, browser, adapter },
}: BenchDocument): string[] {
  const name = [adapter.vendor, adapter.architecture, adapter.device, adapter.description].filter(Boolean).join(', ');
  return [
    '# Bench',
    [
      `- ${date}, \`${command}\`${all === undefined ? '' : `, took ${(all / 60).toFixed(1)} minutes`}`,
      `- Adapter: ${name}${adapter.software ? ' (a processor plays the GPU)' : ''}; ${browser}`,
      `- ${cpu}, ${cores} cores, ${system}; load of the machine ${load.map((one) => one.toFixed(2)).join(' before, ')} after`,
      '- Seconds are medians, with the fastest and slowest run in brackets. Counts are per step or per generated token.',
    ].join('\n'),
  ];
}

function trainingTables(result: TrainingResult): string[] {
  const { workload, parameters, contenders } = result;
  const { size, sequences, length } = workload;
  const shares = efficiencies(result);
  return [
    `## Training step, ${size} (${count(parameters)} parameters), ${sequences} × ${length} tokens`,
    contest(contenders, { tokens: 'tokens', run: 'step' }, 'losses agree to', (one) =>
      one.largestRelativeDifference === 0 ? 'reference' : one.largestRelativeDifference.toExponential(0),
    ),
    ...fewerRuns(contenders),
    ...counts('step', contenders, 1),
    ...(shares.length > 0
      ? [
          markdownTable(
            ['', 'GFLOP a step', 'GFLOP/s', 'ideal seconds', 'of the ideal', 'fastest against fastest'],
            shares.map((one) => [
              one.name,
              (one.flops / 1e9).toFixed(2),
              (one.flopsPerSecond / 1e9).toFixed(2),
              seconds(one.idealSeconds),
              percent(one.share),
              percent(one.bestShare),
            ]),
          ),
        ]
      : []),
    ...absences(result.satOut),
  ];
}

function generationTables(result: GenerationResult): string[] {
  const { workload, contenders } = result;
  const { size, batch, promptTokens, newTokens } = workload;
  return [
    `## Generation, ${size}, batch ${batch}, ${promptTokens} + ${newTokens} tokens, greedy`,
    contest(contenders, { tokens: 'new tokens', run: 'batch' }, 'tokens as the reference', (one) =>
      one.name === one.reference ? 'reference' : percent(one.sameTokens),
    ),
    ...fewerRuns(contenders),
    ...counts('generated token', contenders, batch * newTokens),
    ...absences(result.satOut),
  ];
}

function rlTables({ preset, games, seconds: whole, counts: made, peakBytes, apart }: RlResult): string[] {
  const share = (samples: Samples) => percent(samples.median / apart.seconds.median);
  const parts = apart.phases.map(({ name, seconds: samples, tokens }) => [
    name,
    spread(samples),
    share(samples),
    count(tokens.median),
    samples.median > 0 ? count(tokens.median / samples.median) : '–',
  ]);
  return [
    `## RL step, ${preset} preset, ${games} games`,
    `${spread(whole)} s a step. With updates one after the other ${spread(apart.seconds)} s, of which:`,
    markdownTable(
      ['', 'seconds', 'share', 'tokens', 'tokens/s'],
      [...parts, ['rest of the host', spread(apart.rest), share(apart.rest), '', '']],
    ),
    ...counts('step', [{ name: 'ours', counts: made, peakBytes }], 1),
  ];
}

/** Each point beside the first one: how much more work it is, and how much longer it takes. */
function scalingTable(result: ScalingResult): string[] {
  const { size, points } = result;
  const work = ({ sequences, length }: ScalingResult['points'][number]) => sequences * length;
  const [first] = points;
  return [
    `## Growth of our training step, ${size}`,
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

/** Contenders beside the first one, and how far each agrees with the reference. */
function contest<One extends ContenderResult>(
  contenders: readonly One[],
  what: { tokens: string; run: string },
  agreementHead: string,
  agreement: (one: One) => string,
): string {
  const heads = [`${what.tokens}/s`, 'ours is', 'fastest against fastest', `seconds a ${what.run}`];
  return markdownTable(
    ['', ...heads, `first ${what.run} after`, agreementHead, 'GPU memory at most'],
    contenders.map((one) => [
      one.name,
      count(one.tokensPerSecond),
      ...against(contenders, one),
      spread(one.seconds),
      `${seconds(one.firstSeconds)} s`,
      agreement(one),
      one.peakBytes > 0 ? bytes(one.peakBytes) : '–',
    ]),
  );
}

/** What contenders with a GPU ask of it for one `unit`, of which a run has `parts`. */
function counts(
  unit: string,
  contenders: readonly Pick<ContenderResult, 'name' | 'counts' | 'peakBytes'>[],
  parts: number,
): string[] {
  const rows = contenders.filter(({ peakBytes }) => peakBytes > 0);
  if (rows.length === 0) return [];
  const each = (made: Counts, key: keyof Counts) => amount(made[key] / parts);
  const heads = ['dispatches', 'submits', 'map reads', 'buffers made', 'bind groups made'];
  return [
    markdownTable(
      [`per ${unit}`, ...heads, 'written', 'read'],
      rows.map(({ name, counts: made }) => [
        name,
        ...(['dispatches', 'submits', 'mapReads', 'buffers', 'bindGroups'] as const).map((key) => each(made, key)),
        bytes(made.bytesWritten / parts),
        bytes(made.bytesRead / parts),
      ]),
    ),
  ];
}

/** Who was too slow to be measured as often as the others. */
function fewerRuns(contenders: readonly ContenderResult[]): string[] {
  const runs = ({ seconds }: ContenderResult) => seconds.all.length;
  const most = Math.max(...contenders.map(runs));
  const fewer = contenders.filter((one) => runs(one) < most).map((one) => `${runs(one)} of ${one.name}`);
  return fewer.length > 0 ? [`Medians of ${most} runs, ${fewer.join(', ')}.`] : [];
}

const absences = (list: readonly Absence[]) => list.map(({ name, why }) => `${name} sat out: ${why}.`);

/** How many times as fast as another the first contender is, by medians and by the fastest run of each. */
function against([ours]: readonly ContenderResult[], other: ContenderResult): [string, string] {
  if (ours === other) return ['', ''];
  const times = (key: 'median' | 'min') => `${(other.seconds[key] / ours.seconds[key]).toFixed(2)}× as fast`;
  return [times('median'), times('min')];
}

const spread = ({ min, median, max }: Samples, unit = 1) =>
  `${seconds(median / unit)} (${seconds(min / unit)}–${seconds(max / unit)})`;
const seconds = (value: number) => (Math.abs(value) < 10 ? value.toPrecision(3) : value.toFixed(1));
const count = (value: number) => Math.round(value).toLocaleString('en');
const amount = (value: number) => (Number.isInteger(value) ? count(value) : value.toPrecision(3));
const percent = (value: number) => `${(100 * value).toFixed(1)}%`;

function bytes(value: number): string {
  if (value < 1024) return `${amount(value)} B`;
  return value < 1024 ** 2 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1024 ** 2).toFixed(1)} MiB`;
}
