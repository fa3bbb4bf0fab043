/** JSON Lines, and JSON with a list of records: one record is parsed at a time, so that a fault has a line. */
import { duplicateKey, isRecord, nesting } from '../../checkpoint/json';
import { short } from '../../checkpoint/short';
import { lineBreaks } from './file-text';
import { promptFileLimits, TableBuilder, type PromptTable, type Refuse } from './table';

/** A column that a list of plain texts is put in. */
const TEXTS = 'prompt';

/** A record as it stands in the file, and its line. */
interface Piece {
  json: string;
  line: number;
}

export function readJsonLines(text: string, refuse: Refuse): PromptTable {
  return tableOf('JSON Lines', linesOf(text), refuse);
}

/** A list of records, or an object whose only member is one, as `{"data": [...]}`. */
export function readJson(text: string, refuse: Refuse): PromptTable {
  return tableOf('JSON', elementsOf(text, refuse), refuse);
}

/** Whether each line is a record of its own. */
export function isJsonLines(text: string): boolean {
  const [first] = linesOf(text);
  if (!first || first.json.length > promptFileLimits.cell || !first.json.trimStart().startsWith('{')) return false;
  const parsed = parse(first.json);
  if (!isRecord(parsed)) return false;
  const members = Object.values(parsed);
  return !(members.length === 1 && Array.isArray(members[0]));
}

function* linesOf(text: string): Generator<Piece, undefined> {
  let line = 1;
  let from = 0;
  while (from < text.length) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    const json = text.slice(from, end);
    if (json.trim() !== '') yield { json, line };
    from = end + 1;
    line += 1;
  }
}

/** The elements of the list in a text, found by their brackets and commas. */
function* elementsOf(text: string, refuse: Refuse): Generator<Piece, undefined> {
  const head = /^\s*(\{\s*"[^"\\]*"\s*:\s*)?\[/.exec(text);
  if (!head) return refuse(1, 'it is no list of records, such as [{"prompt": "…", "label": "safe"}].');
  const wrapped = head[1] !== undefined;
  let depth = 0;
  let from = head[0].length;
  let line = 1 + lineBreaks(head[0]);
  for (const at of signsOf(text, from)) {
    const sign = text[at];
    const closes = sign === '}' || sign === ']';
    if (depth === 0 && (sign === ',' || closes)) {
      const json = text.slice(from, at);
      const lead = lineBreaks(/^\s*/.exec(json)![0]);
      if (json.trim() !== '') yield { json, line: line + lead };
      else if (sign === ',') refuse(line + lead, 'a record is missing between two commas.');
      line += lineBreaks(json);
      from = at + 1;
      if (closes) {
        const rest = text.slice(from);
        if (sign === ']' && (wrapped ? /^\s*\}\s*$/ : /^\s*$/).test(rest)) return;
        refuse(line, `"${short(sign + rest)}" stands where the list ends. A file holds one list of records.`);
      }
    } else if (sign === '{' || sign === '[') depth += 1;
    else if (closes) depth -= 1;
  }
  refuse(line + lineBreaks(/^\s*/.exec(text.slice(from))![0]), 'the list does not end: a record is cut off here.');
}

/** Places of brackets, braces and commas that stand in no text. A text that does not end is the last one. */
function* signsOf(json: string, from: number): Generator<number, undefined> {
  const signs = /["{}[\],]/g;
  const ends = /["\\]/g;
  signs.lastIndex = from;
  for (let sign = signs.exec(json); sign; sign = signs.exec(json)) {
    if (sign[0] !== '"') {
      yield sign.index;
      continue;
    }
    ends.lastIndex = signs.lastIndex;
    let end = ends.exec(json);
    for (; end && end[0] !== '"'; end = ends.exec(json)) ends.lastIndex += 1;
    if (!end) return;
    signs.lastIndex = ends.lastIndex;
  }
}

function tableOf(format: 'JSON Lines' | 'JSON', pieces: Iterable<Piece>, refuse: Refuse): PromptTable {
  const builder = new TableBuilder(refuse);
  const places = new Map<string, number>();
  const placeOf = (name: string, line: number): number => {
    const place = places.get(name) ?? places.size;
    if (place === promptFileLimits.columns) {
      refuse(
        line,
        `the records have more than ${promptFileLimits.columns} different keys. Leave out what is no prompt.`,
      );
    }
    places.set(name, place);
    return place;
  };
  for (const { json, line } of pieces) {
    const cells: string[] = [];
    for (const [key, value] of membersOf(json, (what) => refuse(line, what))) cells[placeOf(key, line)] = value;
    builder.add({ cells, line });
  }
  const { columns, rows, ...table } = builder.table(format, [...places.keys()]);
  // A record may lack what others have.
  const filled = rows.map(({ cells, line }) => ({ line, cells: columns.map((_, i) => cells[i] ?? '') }));
  return { ...table, columns, rows: filled };
}

function membersOf(json: string, refuse: (what: string) => never): [key: string, value: string][] {
  if (json.length > promptFileLimits.cell) refuse(`a record is longer than ${promptFileLimits.cell} letters.`);
  const value = parse(json);
  if (value === undefined) refuse(`"${short(json.trim())}" is not JSON. Check its quotation marks, commas and braces.`);
  if (typeof value === 'string') return [[TEXTS, value]];
  if (!isRecord(value)) return refuse('a record is neither an object nor a text.');
  if (nesting(json) > promptFileLimits.nesting) refuse(`it is nested more than ${promptFileLimits.nesting} deep.`);
  const twice = duplicateKey(json);
  if (twice !== null) refuse(`"${short(twice)}" stands twice in one object.`);
  return Object.entries(value).map(([key, member]) => [key, textOf(member)]);
}

/** Undefined for what is not JSON. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
