/** Parquet, the format that data sets on Hugging Face are kept in: its flat columns. Sizes are checked before pages are unpacked. */
import { gunzipSync } from 'fflate';
import { parquetMetadata, parquetReadObjects, parquetSchema, snappyUncompress, type FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { PromptFileError, promptFileLimits, TableBuilder, type PromptTable, type Refuse } from './table';

const MAGIC = 'PAR1';
/** How pages are packed: what can be unpacked here. */
const codecs = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP']);

export function isParquet(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length)) === MAGIC;
}

export async function readParquet(bytes: Uint8Array<ArrayBuffer>, refuse: Refuse): Promise<PromptTable> {
  const file = bytes.slice().buffer;
  try {
    const metadata = parquetMetadata(file, { geoparquet: false });
    const columns = flatColumns(metadata, refuse);
    checkSizes(metadata, columns, file, refuse);
    const compressors = { SNAPPY: unpackSnappy, GZIP: unpackGzip };
    const records = await parquetReadObjects({ file, metadata, columns, compressors });
    const builder = new TableBuilder(refuse);
    for (const [i, record] of records.entries()) {
      builder.add({ cells: columns.map((column) => cellOf(record[column], i + 1, refuse)), line: i + 1 });
    }
    return builder.table('Parquet', columns);
  } catch (error) {
    if (error instanceof PromptFileError) throw error;
    // Whatever the library stumbles over is the file's fault.
    const why = error instanceof Error ? error.message : String(error);
    return refuse(null, `it is no Parquet file that can be read (${why}). Download it again.`);
  }
}

/** Columns that hold one value a row. */
function flatColumns(metadata: FileMetaData, refuse: Refuse): string[] {
  const { children } = parquetSchema(metadata);
  const flat = children.filter((child) => child.children.length === 0 && child.element.repetition_type !== 'REPEATED');
  if (flat.length === 0) refuse(null, 'it has no column of single values. Choose a file with a column of prompts.');
  if (flat.length > promptFileLimits.columns) {
    refuse(null, `it has more than ${promptFileLimits.columns} columns. Leave out what is no prompt or label.`);
  }
  return flat.map(({ element }) => element.name);
}

/** Walks through the pages' headers, which say what each becomes, and trusts nothing else. */
function checkSizes(metadata: FileMetaData, columns: readonly string[], file: ArrayBuffer, refuse: Refuse): void {
  const { rows, bytes } = promptFileLimits;
  if (metadata.num_rows > rows) refuse(null, `it has more than ${rows} rows. Cut the file into several.`);
  const wanted = new Set(columns);
  let unpacked = 0;
  for (const group of metadata.row_groups) {
    if (group.num_rows > rows) refuse(null, 'a group of rows has more than the whole file.');
    for (const { meta_data: column } of group.columns) {
      if (!column || !wanted.has(column.path_in_schema[0])) continue;
      if (!codecs.has(column.codec)) {
        refuse(null, `it is packed with ${column.codec}. Save it with snappy, gzip or no compression.`);
      }
      const begin = Number(column.dictionary_page_offset ?? column.data_page_offset);
      const length = Number(column.total_compressed_size);
      if (!(begin >= 0 && length >= 0 && begin + length <= file.byteLength)) {
        refuse(null, `column ${column.path_in_schema[0]} lies beyond the end of the file. Download it again.`);
      }
      const reader = { view: new DataView(file, begin, length), offset: 0 };
      while (reader.offset < length - 1) {
        const page = parquetHeader(reader);
        const { num_values: values = 0 } =
          page.data_page_header ?? page.data_page_header_v2 ?? page.dictionary_page_header ?? {};
        const sizes = [page.compressed_page_size, page.uncompressed_page_size, values];
        if (!sizes.every((size) => Number.isInteger(size) && size >= 0) || values > rows) {
          refuse(null, 'a page of it contradicts the file. Download it again.');
        }
        unpacked += page.uncompressed_page_size;
        if (unpacked > bytes) refuse(null, `unpacked, it has more than ${bytes / 2 ** 20} MiB. Cut it into several.`);
        reader.offset += page.compressed_page_size;
      }
    }
  }
}

function unpackSnappy(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  snappyUncompress(input, output);
  return output;
}

/** No longer than the page says: what is more is cut off, and the library refuses it. */
function unpackGzip(input: Uint8Array, length: number): Uint8Array {
  return gunzipSync(input, { out: new Uint8Array(length) });
}

function cellOf(value: unknown, row: number, refuse: Refuse): string {
  const text = textOf(value);
  if (text.length > promptFileLimits.cell) refuse(row, `a cell is longer than ${promptFileLimits.cell} letters.`);
  return text;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
