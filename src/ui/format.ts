/** Numbers as the page writes them: three significant digits, thin spaces between thousands, a true minus sign. */
import type { Field, FieldValue } from '../lab/config';

const thin = '\u2009';

/** Three significant digits: `0.0123`, `1.35`, `48${thin}200`. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -4 || magnitude > 8) return value.toExponential(1).replace('-', '−').replace('+', '');
  const rounded = Number(value.toPrecision(3));
  const decimals = Math.max(0, 2 - magnitude);
  const text = Math.abs(rounded).toFixed(decimals);
  const [whole, fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, thin);
  return (value < 0 ? '−' : '') + grouped + (fraction ? `.${fraction}` : '');
}

/** A setting as it was typed: no padding, at most five significant digits. */
export function setting(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) {
    const [mantissa, exponent] = value.toExponential().split('e');
    return `${Number(Number(mantissa).toPrecision(3))}e${exponent.replace('+', '').replace('-', '−')}`;
  }
  return String(Number(value.toPrecision(5))).replace('-', '−');
}

/** The value of a setting as people read it: a choice by its label. */
export function valueText({ kind }: Field, value: FieldValue): string {
  if (typeof value === 'number') return setting(value);
  return kind.type === 'choice' ? (kind.choices.find((choice) => choice.value === value)?.label ?? value) : value;
}

/** A signed number with its sign always shown, for advantages and improvements. */
export function signed(value: number): string {
  return value > 0 ? `+${number(value)}` : number(value);
}

/** A fraction as per cent: `12.3%`, one decimal below 10. */
export function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return '–';
  const value = fraction * 100;
  return `${Math.abs(value) < 9.95 ? trimmed(value.toFixed(1)) : value.toFixed(0)}%`;
}

/** An interval of fractions: `31–47%`. */
export function interval([low, high]: readonly [number, number]): string {
  return `${percent(low).slice(0, -1)}–${percent(high)}`;
}

/** Large rates in short: `48.2k`. */
export function rate(value: number): string {
  if (!Number.isFinite(value)) return '–';
  // What rounds to a thousand, or to a hundred, is written as one.
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 1e6) return `${(rounded / 1e6).toPrecision(3)}M`;
  if (rounded >= 1e3) return `${(rounded / 1e3).toPrecision(3)}k`;
  return rounded.toPrecision(rounded >= 99.5 ? 3 : 2);
}

const prefixes = ['', 'k', 'M', 'G', 'T'];

/** A quantity with its unit, scaled: `1.23 MB`, `20.4 GFLOP/s`. */
export function quantity(value: number, unit: string): string {
  if (!Number.isFinite(value)) return '–';
  // What rounds to a thousand belongs to the next prefix.
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  const power = size < 1000 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(size) / 3));
  return `${number(rounded / 1000 ** power)}${thin}${prefixes[power]}${unit}`;
}

/** Milliseconds without their unit, no finer than browsers' clocks: `84.1`, `0.3`. */
export function time(value: number): string {
  if (value > 0 && value < 0.05) return `<${thin}0.1`;
  return value > 0 && value < 9.95 ? value.toFixed(1) : number(value);
}

/** Milliseconds: `84.1 ms`. */
export function milliseconds(value: number): string {
  return Number.isFinite(value) ? `${time(value)}${thin}ms` : '–';
}

/** Milliseconds as `m:ss` or `h:mm:ss`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How long ago, in words. */
export function ago(time: number, now: number): string {
  const minutes = Math.round((now - time) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} minute${minutes === 1 ? '' : 's'} ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} hour${hours === 1 ? '' : 's'} ago`;
  return `${Math.round(hours / 24)} days ago`;
}

function trimmed(text: string): string {
  return text.replace(/\.0$/, '');
}

/** A fraction as per cent with one decimal, as papers print tables. */
export function figure(fraction: number): string {
  return (100 * fraction).toFixed(1);
}

/** A probability as tests report it. */
export function pValue(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}
