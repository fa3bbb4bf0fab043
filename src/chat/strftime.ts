/** Python's `strftime` in its C locale, for templates that say what day it is. */

/** A directive that is none of Python's. */
export class ClockFormatError extends Error {
  override name = 'ClockFormatError';
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];
const DAY = 86_400_000;

const padded = (value: number, places = 2, pad = '0') => String(value).padStart(places, pad);
const hour12 = (date: Date) => date.getHours() % 12 || 12;
/** Days since the first of January. In whole days of UTC: clocks that go forward make some days shorter. */
const dayOfYear = (date: Date) =>
  (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 1)) / DAY;
/** Weeks that have begun in this year; a week begins on Sunday (0) or Monday (1). */
const week = (date: Date, first: number) => Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 7 - first) % 7)) / 7);

const directives: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => days[date.getDay()].slice(0, 3),
  A: (date) => days[date.getDay()],
  w: (date) => String(date.getDay()),
  u: (date) => String(date.getDay() || 7),
  d: (date) => padded(date.getDate()),
  e: (date) => padded(date.getDate(), 2, ' '),
  b: (date) => months[date.getMonth()].slice(0, 3),
  h: (date) => months[date.getMonth()].slice(0, 3),
  B: (date) => months[date.getMonth()],
  m: (date) => padded(date.getMonth() + 1),
  y: (date) => padded(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  H: (date) => padded(date.getHours()),
  I: (date) => padded(hour12(date)),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  M: (date) => padded(date.getMinutes()),
  S: (date) => padded(date.getSeconds()),
  f: (date) => padded(date.getMilliseconds() * 1000, 6),
  j: (date) => padded(dayOfYear(date) + 1, 3),
  U: (date) => padded(week(date, 0)),
  W: (date) => padded(week(date, 1)),
  // A time without a zone, as `datetime.now()` gives it, has neither.
  z: () => '',
  Z: () => '',
  c: (date) => strftime(date, '%a %b %e %H:%M:%S %Y'),
  x: (date) => strftime(date, '%m/%d/%y'),
  D: (date) => strftime(date, '%m/%d/%y'),
  X: (date) => strftime(date, '%H:%M:%S'),
  T: (date) => strftime(date, '%H:%M:%S'),
  F: (date) => strftime(date, '%Y-%m-%d'),
  R: (date) => strftime(date, '%H:%M'),
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
};

/** `date` in its local time; "-" before a directive leaves out the zeros or spaces in front. Throws `ClockFormatError`. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([^]?)/gu, (_, bare: string, directive: string) => {
    if (!Object.hasOwn(directives, directive)) {
      throw new ClockFormatError(`strftime_now knows no "%${bare}${directive}"`);
    }
    const text = directives[directive](date);
    return bare ? text.replace(/^[0 ]+(?=.)/, '') : text;
  });
}
