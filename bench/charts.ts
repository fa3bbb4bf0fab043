/** Costs of a token as Mermaid charts, which Markdown viewers draw: no picture to keep beside its figures. */
import type { BenchDocument, ScalingResult } from './document';

/** Microseconds a token of our training step against the length of its sequences, batches being about as large. */
export function lengthChart({ size, points }: ScalingResult): string {
  const most = Math.max(...points.map(({ sequences, length }) => sequences * length));
  const alike = points.filter(({ sequences, length }) => sequences * length === most);
  return chart(
    `Cost of a token against length, ${size}, ${most} tokens a step`,
    'tokens a sequence',
    alike.map(({ length }) => String(length)),
    alike.map(({ seconds }) => (1e6 * seconds.median) / most),
  );
}

/** The same against the size of the model, for as many tokens as the larger models get. */
export function sizeChart({ training }: Pick<BenchDocument, 'training'>): string[] {
  if (training.length < 2) return [];
  return [
    chart(
      'Cost of a token against size',
      'parameters, sequences × tokens',
      training.map(({ workload: { size, sequences, length } }) => `${size}, ${sequences} × ${length}`),
      training.map(({ contenders: [ours], tokens }) => (1e6 * ours.seconds.median) / tokens),
    ),
  ];
}

function chart(title: string, axis: string, places: readonly string[], microseconds: readonly number[]): string {
  return [
    '```mermaid',
    'xychart-beta',
    `  title "${title}"`,
    `  x-axis "${axis}" [${places.map((place) => `"${place}"`).join(', ')}]`,
    `  y-axis "µs a token" 0 --> ${Math.ceil(1.1 * Math.max(...microseconds))}`,
    `  bar [${microseconds.map((value) => value.toFixed(0)).join(', ')}]`,
    '```',
  ].join('\n');
}
