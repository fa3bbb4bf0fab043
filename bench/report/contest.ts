/** Contenders of one workload, side by side. */
import { markdownTable } from '../../scripts/markdown';
import type { Absence, ContenderResult } from '../document';
import type { Counts } from '../instrument';
import { oursOnCpu } from '../names';
import { amount, bytes, count, seconds, spread } from './format';

/** Contenders beside us, and how far each agrees with the reference. Of who was `warm` no first run is told. */
export function contest<One extends ContenderResult>(
  contenders: readonly One[],
  what: { tokens: string; run: string; warm?: true },
  agreementHead: string,
  agreement: (one: One) => string,
): string {
  const onGpu = contenders.some(({ peakBytes }) => peakBytes > 0);
  const heads = [`${what.tokens}/s`, 'ours is', 'fastest against fastest', `seconds a ${what.run}`];
  return markdownTable(
    [
      '',
      ...heads,
      ...(what.warm ? [] : [`first ${what.run} after`]),
      agreementHead,
      ...(onGpu ? ['GPU memory at most'] : []),
    ],
    contenders.map((one) => [
      one.name,
      count(one.tokensPerSecond),
      ...against(contenders, one),
      spread(one.seconds),
      ...(what.warm ? [] : [`${seconds(one.firstSeconds)} s`]),
      agreement(one),
      ...(onGpu ? [one.peakBytes > 0 ? bytes(one.peakBytes) : '–'] : []),
    ]),
  );
}

/** What contenders with a GPU ask of it for one `unit`, of which a run has `parts`. */
export function counts(
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
export function fewerRuns(contenders: readonly ContenderResult[]): string[] {
  const runs = ({ seconds }: ContenderResult) => seconds.all.length;
  const most = Math.max(...contenders.map(runs));
  const fewer = contenders.filter((one) => runs(one) < most).map((one) => `${runs(one)} of ${one.name}`);
  return fewer.length > 0 ? [`Medians of ${most} runs, ${fewer.join(', ')}.`] : [];
}

export const absences = (list: readonly Absence[]) => list.map(({ name, why }) => `${name} sat out: ${why}.`);

/**
 * How many times as fast as another we are, by medians and by the fastest run of each: whoever uses no GPU is held against us
 * on the processor.
 */
function against(contenders: readonly ContenderResult[], other: ContenderResult): [string, string] {
  const onCpu = contenders.find(({ name }) => name === oursOnCpu);
  const ours = other.peakBytes > 0 ? contenders[0] : (onCpu ?? contenders[0]);
  if (other === ours) return ['', ''];
  const times = (key: 'median' | 'min') => `${(other.seconds[key] / ours.seconds[key]).toFixed(2)}× as fast`;
  return [times('median'), times('min')];
}
