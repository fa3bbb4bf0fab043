/** Training, generation and RL steps, wherever they were measured. */
import { markdownTable } from '../../scripts/markdown';
import type { GenerationResult, RlResult, TrainingResult } from '../document';
import { efficiencies } from '../efficiency';
import { oursAlone } from '../names';
import type { Samples } from '../samples';
import { absences, contest, counts, fewerRuns } from './contest';
import { count, percent, seconds, spread } from './format';

/** `where` it was measured stands behind a workload's name. */
export function trainingTables(result: TrainingResult, where = ''): string[] {
  const { workload, parameters, contenders } = result;
  const { size, sequences, length } = workload;
  const shares = efficiencies(result);
  return [
    `## Training step${where}, ${size} (${count(parameters)} parameters), ${sequences} × ${length} tokens`,
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

export function generationTables(result: GenerationResult, where = ''): string[] {
  const { workload, contenders } = result;
  const { size, batch, promptTokens, newTokens } = workload;
  return [
    `## Generation${where}, ${size}, batch ${batch}, ${promptTokens} + ${newTokens} tokens, greedy`,
    contest(contenders, { tokens: 'new tokens', run: 'batch' }, 'tokens as the reference', (one) =>
      one.name === one.reference ? 'reference' : percent(one.sameTokens),
    ),
    ...fewerRuns(contenders),
    ...counts('generated token', contenders, batch * newTokens),
    ...absences(result.satOut),
  ];
}

export function rlTables(
  { preset, backend, games, seconds: whole, counts: made, peakBytes, apart }: RlResult,
  where = '',
): string[] {
  const share = (samples: Samples) => percent(samples.median / apart.seconds.median);
  const parts = apart.phases.map(({ name, seconds: samples, tokens }) => [
    name,
    spread(samples),
    share(samples),
    count(tokens.median),
    samples.median > 0 ? count(tokens.median / samples.median) : '–',
  ]);
  return [
    `## RL step${where}, ${preset} preset, ${games} games${backend === undefined ? '' : `, ${backend}`}`,
    `${spread(whole)} s a step. With updates one after the other ${spread(apart.seconds)} s, of which:`,
    markdownTable(
      ['', 'seconds', 'share', 'tokens', 'tokens/s'],
      [...parts, ['rest of the host', spread(apart.rest), share(apart.rest), '', '']],
    ),
    ...counts('step', [{ name: backend ?? oursAlone, counts: made, peakBytes }], 1),
  ];
}
