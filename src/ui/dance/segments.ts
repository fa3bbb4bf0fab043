import type { Span } from '../../waltz/game/rollout';

export interface Segment {
  text: string;
  kind: Span['kind'] | null;
}

/** Cuts a text at its marked spans; spans out of range or overlapping an earlier one are clipped. */
export function segments(text: string, spans: readonly Span[]): Segment[] {
  const pieces: Segment[] = [];
  let at = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const start = Math.max(at, Math.min(span.start, text.length));
    const end = Math.max(start, Math.min(span.end, text.length));
    if (end === start) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), kind: null });
    pieces.push({ text: text.slice(start, end), kind: span.kind });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), kind: null });
  return pieces;
}
