/** A tokenizer's pattern as a tree, read as the tokenizers' library reads it: its Oniguruma dialect, rewritten for JavaScript. */
import { SplitPreTokenizer } from '@huggingface/tokenizers';

/** Some of the characters of `samples`, a bit each. */
export type Characters = bigint;

interface Shape {
  /** What a match of it can begin with. */
  first: Characters;
  /** Whether it can match nothing. */
  nullable: boolean;
}

export type Tree = Shape &
  (
    | { kind: 'character' | 'nothing' }
    | { kind: 'lookahead' | 'lookbehind'; inner: Tree }
    | { kind: 'row' | 'branches'; parts: readonly Tree[] }
    | { kind: 'repeat'; inner: Tree; least: number; most: number }
  );

/** A pattern that is nested deeper than anyone's. */
export class PatternTooDeepError extends Error {
  override name = 'PatternTooDeepError';
}

const DEEPEST = 100;
/** One or more of every kind that patterns tell apart: ASCII, letters of scripts and cases, marks, digits, signs, spaces, controls. */
const samples = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...Array.from(
    '\u0085\u00a0\u00ad\u00b2\u00bc\u00e9\u00c9\u00df\u01c5\u02b0\u00aa\u0301\u0903\u20dd\u0431\u0411\u03b1\u05d0\u0639\u0928\u0e01\u3042\u30a2\u4e2d\uac00' +
      '\u0663\u096a\u2167\u203f\u2014\u2026\u3002\u060c\u0964\u00ab\u2039\u2018\u201d\u20ac\u00b1\u00a9\u02c6\u200b\u200d\u2028\u2029\u3000\u2009\ufeff\ufffd\ue000\u{1f642}\u{1d400}\u{20000}\u{10ffff}',
  ),
];
export const everything: Characters = (1n << BigInt(samples.length)) - 1n;

const ZERO_WIDTH = /^(?:[\^$]|\\[bBAzZG])$/;
const BACK_REFERENCE = /^\\(?:[1-9]|k<)/;
const piece = /\\(?:[pPxu]\{[^}]*\}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[A-Za-z]|k<[^>]*>|[^])|[^]/uy;
const quantifier = /\{(\d*),?(\d*)\}|[*+?]/y;
const opening = /\((?:\?(?:<[=!]|<\w+>|[a-z-]*:|[=!>]))?/y;

/** Brackets that do not close, and other faults of writing, are left to whoever compiles it. Throws `PatternTooDeepError`. */
export function readPattern(pattern: string): Tree {
  const known = new Map<string, Characters>();
  const charactersOf = (source: string): Characters => {
    const characters = known.get(source) ?? matched(source);
    known.set(source, characters);
    return characters;
  };
  let at = 0;
  const take = (what: RegExp): RegExpExecArray | null => {
    what.lastIndex = at;
    const found = what.exec(pattern);
    if (found) at += found[0].length;
    return found;
  };

  const readBranches = (depth: number, fold: boolean): Tree => {
    if (depth > DEEPEST) throw new PatternTooDeepError(`It is nested more than ${DEEPEST} deep.`);
    const branches: Tree[] = [];
    let parts: Tree[] = [];
    while (at < pattern.length && pattern[at] !== ')') {
      if (pattern[at] === '|') {
        branches.push(row(parts));
        parts = [];
        at++;
      } else parts.push(readRepeated(depth, fold));
    }
    return branchesOf([...branches, row(parts)]);
  };

  const readRepeated = (depth: number, fold: boolean): Tree => {
    let tree = readOne(depth, fold);
    for (let before = ''; ;) {
      const found = take(quantifier);
      if (!found) return tree;
      const [text, least, most] = found;
      // Behind another one, "?" makes it lazy, and "+" possessive, which the library leaves out; not behind "{2}".
      const modifies = before !== '' && (text === '?' || (text === '+' && !before.startsWith('{')));
      if (!modifies) tree = repeat(tree, ...bounds(text, least, most));
      before = modifies ? before : text;
    }
  };

  const readOne = (depth: number, fold: boolean): Tree => {
    const group = take(opening);
    if (group) {
      const inner = readBranches(depth + 1, fold || group[0].includes('i'));
      if (pattern[at] === ')') at++;
      if (!/[=!]$/.test(group[0])) return inner;
      return { kind: group[0].includes('<') ? 'lookbehind' : 'lookahead', inner, first: 0n, nullable: true };
    }
    const source = pattern[at] === '[' ? pattern.slice(at, (at = endOfClass(pattern, at))) : take(piece)![0];
    if (ZERO_WIDTH.test(source)) return { kind: 'nothing', first: 0n, nullable: true };
    if (BACK_REFERENCE.test(source)) return repeat(character(everything), 0, Infinity);
    return character(charactersOf(fold ? `(?i:${source})` : source));
  };

  const whole = [readBranches(0, false)];
  // Behind a bracket that was never opened.
  while (at++ < pattern.length) whole.push(readBranches(0, false));
  return row(whole);
}

/** Which samples one character of a pattern stands for; all of them where that cannot be told. */
function matched(source: string): Characters {
  let whole: RegExp;
  try {
    const compiled = new SplitPreTokenizer({ type: 'Split', pattern: { Regex: source }, behavior: 'Isolated' }).pattern;
    whole = new RegExp(`^(?:${compiled!.source})$`, 'u');
  } catch {
    return everything;
  }
  return samples.reduce((set, sample, i) => (whole.test(sample) ? set | (1n << BigInt(i)) : set), 0n);
}

function endOfClass(pattern: string, start: number): number {
  let depth = 0;
  for (let at = start; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '[') {
      depth++;
      if (pattern[at + 1] === '^') at++;
      if (pattern[at + 1] === ']') at++;
    } else if (pattern[at] === ']' && --depth === 0) return at + 1;
  }
  return pattern.length;
}

function bounds(text: string, least: string, most: string): [least: number, most: number] {
  if (text === '?') return [0, 1];
  if (!text.startsWith('{')) return [text === '*' ? 0 : 1, Infinity];
  const from = Number(least);
  if (most !== '') return [from, Number(most)];
  return text.includes(',') ? [from, Infinity] : [from, from];
}

function character(first: Characters): Tree {
  return { kind: 'character', first, nullable: false };
}

function row(parts: readonly Tree[]): Tree {
  if (parts.length === 1) return parts[0];
  let first = 0n;
  for (const part of parts) {
    first |= part.first;
    if (!part.nullable) return { kind: 'row', parts, first, nullable: false };
  }
  return { kind: 'row', parts, first, nullable: true };
}

function branchesOf(parts: readonly Tree[]): Tree {
  if (parts.length === 1) return parts[0];
  const first = parts.reduce((all, part) => all | part.first, 0n);
  return { kind: 'branches', parts, first, nullable: parts.some(({ nullable }) => nullable) };
}

function repeat(inner: Tree, least: number, most: number): Tree {
  return { kind: 'repeat', inner, least, most, first: inner.first, nullable: inner.nullable || least === 0 };
}
