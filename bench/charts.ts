/** Costs of a token as Mermaid charts, which Markdown viewers draw: no picture to keep beside its figures. */
import type { BenchDocument, ScalingResult } from './document';
import { oursAlone, oursOnCpu } from './names';

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

/** The same against the size of the model, for as many tokens as the larger models get: a chart for each of our backends. */
export function sizeChart({ training }: Pick<BenchDocument, 'training'>): string[] {
  if (training.length < 2) return [];
  const ours = [training[0].contenders[0].name, oursOnCpu];
  return ours.flatMap((wanted) => {
    const microseconds = training.flatMap(({ contenders, tokens }) =>
      contenders.filter(({ name }) => name === wanted).map(({ seconds }) => (1e6 * seconds.median) / tokens),
    );
    if (microseconds.length < training.length) return [];
    const places = training.map(({ workload: { size, sequences, length } }) => `${size}, ${sequences} × ${length}`);
    const title = `Cost of a token against size${wanted === oursAlone ? '' : `, ${wanted}`}`;
    return [chart(title, 'parameters, sequences × tokens', places, microseconds)];
  });
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
