import { scaleLinear, scaleLog } from 'd3-scale';
import type { FieldKind } from '../../lab/config';

type NumberKind = Extract<FieldKind, { type: 'number' }>;

/** Positions of a slider's thumb, whatever the range behind it. */
export const sliderSteps = 400;

function scaleOf(kind: NumberKind) {
  const scale = kind.scale === 'log' ? scaleLog() : scaleLinear();
  return scale.domain([kind.min, kind.max]).range([0, sliderSteps]).clamp(true);
}

export function toPosition(kind: NumberKind, value: number): number {
  return scaleOf(kind)(value);
}

/** The value under a position: on a linear range a multiple of the step, on a logarithmic one two significant digits. */
export function fromPosition(kind: NumberKind, position: number): number {
  const value = scaleOf(kind).invert(position);
  if (kind.scale === 'log') return clamp(kind, Number(value.toPrecision(2)));
  return clamp(kind, Number((Math.round(value / kind.step) * kind.step).toPrecision(6)));
}

function clamp({ min, max }: NumberKind, value: number): number {
  return Math.min(max, Math.max(min, value));
}
