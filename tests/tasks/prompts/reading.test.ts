import fc from 'fast-check';
import Papa from 'papaparse';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PromptFileError, promptFileLimits, readPromptFile } from '../../../src/tasks/prompts';
import { casesFolder, dataFolder, dataIsHere, fileOf, fixture, sharedFile } from './files';

const read = async (name: string, content: string | Uint8Array) => await readPromptFile(fileOf(name, content));
const cellsOf = async (name: string, content: string | Uint8Array) =>
  (await read(name, content)).rows.map(({ cells }) => cells);
const fault = async (name: string, content: string | Uint8Array): Promise<string> => {
  const error: unknown = await read(name, content).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PromptFileError);
  return (error as Error).message;
};
const utf16 = (text: string) =>
  new Uint8Array([0xff, 0xfe, ...new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer)]);

describe('CSV', () => {
  it('reads what RFC 4180 has, and says in which line each row begins', async () => {
    const { format, columns, rows } = await read('a.csv', 'a,b\r\n"x\r\n""y"", z",1\r\n\r\n,"2"');
    expect(format).toBe('CSV');
    expect(columns).toEqual(['a', 'b']);
    expect(rows).toEqual([
      { cells: ['x\r\n"y", z', '1'], line: 2 },
      { cells: ['', '2'], line: 5 },
    ]);
  });

  it('reads what Excel writes: marks, semicolons, tabs, UTF-16, its own first line', async () => {
    const row = [['Äpfel; ja', 'safe']];
    expect(await cellsOf('a.csv', '\ufeffprompt;label\r\n"Äpfel; ja";safe\r\n')).toEqual(row);
    expect(await cellsOf('a.csv', 'sep=;\r\nprompt;label\r\n"Äpfel; ja";safe\r\n')).toEqual(row);
    expect(await cellsOf('a.txt', utf16('prompt\tlabel\r\nÄpfel; ja\tsafe\r\n'))).toEqual(row);
    expect((await read('a.csv', '\ufeffprompt;label\r\nx;y')).columns).toEqual(['prompt', 'label']);
    expect((await read('a.tsv', 'prompt\tlabel\nx, y\tz')).format).toBe('TSV');
    expect(await cellsOf('a.csv', 'a,b\rc,d\re,f')).toEqual([
      ['c', 'd'],
      ['e', 'f'],
    ]);
  });

  it('calls columns by names that differ', async () => {
    expect((await read('a.csv', ',x,x\n1,2,3')).columns).toEqual(['column 1', 'x', 'x (2)']);
  });

  it('reads one column without a separator, and keeps quotation marks inside of a field', async () => {
    expect(await cellsOf('a.csv', 'prompt\nHow do "you" do?\n')).toEqual([['How do "you" do?']]);
  });

  it('names the line and what is wrong', async () => {
    expect(await fault('a.csv', 'a,b\n1,2\n"3,4\n5,6\n')).toBe(
      'a.csv, line 3: a quotation mark opens a field and none closes it. Close it, or leave it out.',
    );
    expect(await fault('a.csv', 'a,b\n1,2\n"3,4\n"5",6\n')).toContain(
      'line 4: "5",6\\n" stands behind the end of a quoted field that began in line 3',
    );
    expect(await fault('a.csv', 'a,b\n"1\n1",2\n1,2,3\n')).toContain(
      'line 4: 3 fields where the first line has 2 fields',
    );
    expect(await fault('a.csv', 'a,b\n1\n')).toContain('line 2: 1 field where');
    expect(await fault('a.csv', new Uint8Array([0x61, 0x0a, 0x0a, 0x92, 0x0a]))).toContain(
      'line 3: a letter is not in UTF-8',
    );
    expect(await fault('a.csv', 'a\nb\0')).toContain('line 2: it holds a zero byte');
    expect(await fault('a.csv', 'a,b\n')).toContain('there are no rows');
    expect(await fault('a.csv', '\n\n')).toContain('it is empty');
    expect(await fault('a.csv', '')).toContain('it is empty');
  });

  it('keeps to its limits', async () => {
    const { cell, columns, rows } = promptFileLimits;
    expect(await fault('a.csv', `a,b\n1,${'x'.repeat(cell + 1)}`)).toContain('line 2: a field is longer');
    expect(await fault('a.csv', ','.repeat(columns))).toContain('line 1: there are more than 256 fields');
    expect(await fault('a.csv', 'a\n'.repeat(rows + 2))).toContain(`line ${rows + 2}: there are more than`);
    const huge = {
      name: 'a.csv',
      size: promptFileLimits.bytes + 1,
      arrayBuffer: () => Promise.reject(new Error('read')),
    };
    await expect(readPromptFile(huge)).rejects.toThrow('Cut it into several');
  });

  it('reads any rows as another reader does, whatever they hold', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\t', '\n', '\r\n', ' ', '“') });
    const rows = fc.array(fc.tuple(fc.constant('x'), cell, cell), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(',', ';', '\t'), async (body, delimiter) => {
        const text = Papa.unparse([['p', 'q', 'r'], ...body], { delimiter, newline: '\r\n' });
        const [, ...expected] = Papa.parse<string[]>(text, { delimiter, newline: '\r\n' }).data;
        expect(await cellsOf('a.csv', text)).toEqual(expected);
        expect(expected).toEqual(body);
      }),
    );
  });

  it('ends on anything, with a table or with a named error', async () => {
    const unit = fc.constantFrom('"', ',', '\n', '\r', 'a', '{', '}', '[', ']', '\\', ':', ' ');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 40 }), fc.constantFrom('a.csv', 'a.json'), async (text, name) => {
        const result: unknown = await read(name, text).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(PromptFileError);
      }),
      { numRuns: 500 },
    );
  });

  it.skipIf(!dataIsHere)('reads the files beside the repository', async () => {
    const at = async (name: string) => (await readPromptFile(sharedFile(casesFolder + name))).rows;
    expect(await at('bom-semicolon.csv')).toEqual([
      { cells: ['How do I kill\r\na process?', 'safe'], line: 2 },
      { cells: ['She said "stop"; twice', 'safe'], line: 4 },
    ]);
    expect(await at('comma-in-header.csv')).toEqual([{ cells: ['“How do I open a lock?”', '0'], line: 2 }]);
    expect(await at('tabs.tsv')).toEqual([{ cells: ['How do I shoot a photo?', 'safe'], line: 2 }]);
    await expect(at('torn.csv')).rejects.toThrow(
      'torn.csv, line 2: a quotation mark opens a field and none closes it.',
    );
  });

  it.skipIf(!dataIsHere)('reads every public set as another reader does', async () => {
    for (const name of [
      'xstest_prompts',
      'harmbench_behaviors_text_all',
      'strongreject',
      'jailbreakbench',
      'advbench_behaviors',
    ]) {
      const path = `${dataFolder}${name}.csv`;
      const text = readFileSync(path, 'utf8');
      const { data } = Papa.parse<string[]>(text, { skipEmptyLines: true });
      const { rows } = await readPromptFile(sharedFile(path));
      expect(
        rows.map(({ cells }) => cells),
        name,
      ).toEqual(data.slice(1));
      // A row's line is where its first cell stands.
      const lines = text.split('\n');
      for (const { cells, line } of rows)
        expect(lines[line - 1]).toContain(cells[0].split('\n')[0].replaceAll('"', '""'));
    }
  });
});

describe('JSON Lines and JSON', () => {
  const records = '{"prompt": "a, \\"b\\"", "label": 1}\n\n{"label": true, "extra": {"x": [1]}, "prompt": null}\n';
  const table = {
    columns: ['prompt', 'label', 'extra'],
    rows: [
      { cells: ['a, "b"', '1', ''], line: 1 },
      { cells: ['', 'true', '{"x":[1]}'], line: 3 },
    ],
  };

  it('reads records, each with its line', async () => {
    expect(await read('a.jsonl', records)).toEqual({ format: 'JSON Lines', ...table });
    const json = `[${records.trim().replace('\n\n', ',\n\n')}]`;
    expect(await read('a.json', json)).toEqual({ format: 'JSON', ...table });
    expect((await read('a.json', `{"data":\n${json}}`)).rows.map(({ line }) => line)).toEqual([2, 4]);
    expect(await cellsOf('a.json', '["one", "t]wo,"]')).toEqual([['one'], ['t]wo,']]);
    expect(await cellsOf('a.json', '{"data": [{"prompt": "x"}]}')).toEqual([['x']]);
  });

  it('keeps keys that objects have of themselves', async () => {
    const { columns, rows } = await read('a.jsonl', '{"__proto__": "x", "constructor": "y"}');
    expect(columns).toEqual(['__proto__', 'constructor']);
    expect(rows[0].cells).toEqual(['x', 'y']);
  });

  it('names the line and what is wrong', async () => {
    expect(await fault('a.jsonl', '{"a": 1}\n{"a": 2,}\n')).toContain('a.jsonl, line 2: "{"a": 2,}" is not JSON');
    expect(await fault('a.jsonl', '{"a": 1}\n[2]\n')).toContain('line 2: a record is neither');
    expect(await fault('a.jsonl', '{"a": 1, "a": 2}')).toContain('line 1: "a" stands twice');
    expect(await fault('a.jsonl', `{"b": 1, "a": ${'['.repeat(20)}${']'.repeat(20)}}`)).toContain(
      'nested more than 16',
    );
    expect(await fault('a.json', '[{"a": 1},\n{"a" 2}]')).toContain('line 2: "{"a" 2}" is not JSON');
    expect(await fault('a.json', '[{"a": 1},\n\n{"a": "2}]')).toContain('line 3: the list does not end');
    expect(await fault('a.json', '[{"a": 1}\n,,{"a": 2}]')).toContain('line 2: a record is missing');
    expect(await fault('a.json', '[{"a": 1}]\n{"a": 2}')).toContain(
      'line 1: "]\\n{"a": 2}" stands where the list ends',
    );
    expect(await fault('a.json', '{"a": 1,\n"b": [2]}')).toContain('line 1: it is no list of records');
  });

  it('does not look for the ends of texts forever', async () => {
    const begun = performance.now();
    expect(await fault('a.json', `["${'\\"'.repeat(4_000_000)}`)).toContain('the list does not end');
    expect(await fault('a.json', `[${'"'.repeat(4_000_001)}`)).toContain('line 1');
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('Parquet', () => {
  it('reads flat columns, however they are packed', async () => {
    for (const name of ['snappy.parquet', 'gzip.parquet', 'plain.parquet']) {
      const { format, columns, rows } = await readPromptFile(fixture(name));
      expect(format, name).toBe('Parquet');
      expect(columns).toEqual(['id', 'question', 'harmful', 'score']);
      expect(rows).toEqual([
        { cells: ['1', 'How do I boil\nan egg?', 'false', '0.5'], line: 1 },
        { cells: ['2', '“Curly”, and "straight"', 'true', ''], line: 2 },
        { cells: ['3', 'Wie backe ich Brot? Äpfel', 'false', '1'], line: 3 },
        { cells: ['4', '', 'true', '2.25'], line: 4 },
      ]);
    }
  });

  it('refuses by name what it cannot unpack, and what is cut off', async () => {
    await expect(readPromptFile(fixture('zstd.parquet'))).rejects.toThrow('zstd.parquet: it is packed with ZSTD.');
    const bytes = new Uint8Array(await fixture('snappy.parquet').arrayBuffer());
    expect(await fault('a.parquet', bytes.slice(0, 300))).toContain('no Parquet file that can be read');
    expect(await fault('a.parquet', bytes.slice(0, 4))).toContain('no Parquet file that can be read');
  });

  it('ends on any changed byte, with a table or with a named error', async () => {
    const bytes = new Uint8Array(await fixture('snappy.parquet').arrayBuffer());
    for (let at = 4; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] ^= 1 << (at % 8);
      const result: unknown = await read('a.parquet', changed).catch((error: unknown) => error);
      if (result instanceof Error) expect(result, `byte ${at}`).toBeInstanceOf(PromptFileError);
    }
  });
});
