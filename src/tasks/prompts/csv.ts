/**
 * Comma-separated values as RFC 4180 has them, and as Excel writes them: a semicolon or a tab in place of the comma, any line
 * break, a first line "sep=;". One pass over the text, which stops at the first fault and knows its line.
 */
import { short } from '../../checkpoint/short';
import { lineBreaks } from './file-text';
import { promptFileLimits, TableBuilder, type PromptTable, type Refuse, type TableRow } from './table';

const separators = [',', ';', '\t'] as const;
/** Rows that the separator is found by. */
const TRIED_ROWS = 40;

export function readCsv(text: string, refuse: Refuse): PromptTable {
  const said = /^sep=([,;\t|])(\r\n|\r|\n)/i.exec(text);
  const separator = said?.[1] ?? guessSeparator(text);
  const body = said ? text.slice(said[0].length) : text;
  const records = rowsOf(body, separator, refuse, said ? 2 : 1);
  const { value: header } = records.next();
  if (!header) return refuse(null, 'it is empty. Choose a file with prompts.');
  const columns = header.cells.length;
  const builder = new TableBuilder(refuse);
  for (const row of records) {
    const found = row.cells.length;
    if (found !== columns) {
      const hint = found > columns ? 'Put quotation marks (") around fields that hold the separator.' : 'Fill them in.';
      refuse(row.line, `${fields(found)} where the first line has ${fields(columns)}. ${hint}`);
    }
    builder.add(row);
  }
  return builder.table(separator === '\t' ? 'TSV' : 'CSV', header.cells);
}

const fields = (count: number) => `${count} field${count === 1 ? '' : 's'}`;

/** The separator by which the first rows have as many fields as the header has, more than one; else the comma. */
function guessSeparator(text: string): string {
  const scores = separators.map((separator) => {
    const [header, ...rows] = firstRows(text, separator);
    if (!header || header.cells.length < 2) return 0;
    const alike = rows.filter(({ cells }) => cells.length === header.cells.length).length;
    return (1 + alike) / (1 + rows.length);
  });
  return separators[scores.indexOf(Math.max(...scores))];
}

function firstRows(text: string, separator: string): TableRow[] {
  const rows: TableRow[] = [];
  const stop = new Error();
  const refuse = () => {
    throw stop;
  };
  try {
    for (const row of rowsOf(text, separator, refuse, 1)) if (rows.push(row) === TRIED_ROWS) break;
  } catch (error) {
    // What is wrong is said by the reading that counts.
    if (error !== stop) throw error;
  }
  return rows;
}

/** Every row, lines without anything left out. */
function* rowsOf(text: string, separator: string, refuse: Refuse, firstLine: number): Generator<TableRow, undefined> {
  const ends = new RegExp(`[${separator}\\r\\n]`, 'g');
  let at = 0;
  let line = firstLine;
  const row: { cells: string[]; line: number } = { cells: [], line };

  const plainCell = (): string => {
    ends.lastIndex = at;
    const from = at;
    at = ends.exec(text)?.index ?? text.length;
    return text.slice(from, at);
  };
  const quotedCell = (): string => {
    const began = line;
    let cell = '';
    for (let from = at + 1; ; from = at + 2) {
      at = text.indexOf('"', from);
      if (at < 0) refuse(began, 'a quotation mark opens a field and none closes it. Close it, or leave it out.');
      cell += text.slice(from, at);
      if (text[at + 1] !== '"') break;
      cell += '"';
    }
    at += 1;
    line += lineBreaks(cell);
    if (at < text.length && !isEnd(text[at], separator)) {
      const where = line === began ? '' : ` that began in line ${began}`;
      const next = short(text.slice(at, at + 12));
      refuse(
        line,
        `"${next}" stands behind the end of a quoted field${where}. Write quotation marks in a field twice.`,
      );
    }
    return cell;
  };

  while (at < text.length) {
    row.line = line;
    row.cells = [];
    for (;;) {
      const cell = text[at] === '"' ? quotedCell() : plainCell();
      if (cell.length > promptFileLimits.cell)
        refuse(row.line, `a field is longer than ${promptFileLimits.cell} letters.`);
      if (row.cells.push(cell) > promptFileLimits.columns) {
        refuse(
          row.line,
          `there are more than ${promptFileLimits.columns} fields. Leave out what is no prompt or label.`,
        );
      }
      if (text[at] !== separator) break;
      at += 1;
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    line += 1;
    if (row.cells.length > 1 || row.cells[0].trim() !== '') yield { ...row };
  }
}

const isEnd = (letter: string, separator: string) => letter === separator || letter === '\r' || letter === '\n';
