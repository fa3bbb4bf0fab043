import type { GuestStore } from '../../src/checkpoint/guests';
import { writeRunArchive } from '../../src/checkpoint/archive';
import { ArchiveTooLargeError } from '../../src/checkpoint/archive-errors';
import { ZipWriter, type zipCapacity } from '../../src/checkpoint/zip-writer';
import { guestFolder } from '../../src/lab/export/guest-folder';
import { documentName, measurementDocument } from '../../src/lab/measure/document';
import type { MeasurementStore } from '../../src/lab/measure/measurement-store';
import { resultLines } from '../../src/lab/reproduction/result-lines';
import { runFormat, type KeptRuns } from '../../src/lab/run/run-format';
import type { Backup, BackupNews, BackupText } from '../protocol/backup';
import type { ReproductionStore } from '../trainer/reproduction/store';
import { PathsInUse } from './paths';

export interface BackupPorts {
  runs: Pick<KeptRuns, 'list' | 'load'>;
  guests: Pick<GuestStore, 'list' | 'load'>;
  reproductions: Pick<ReproductionStore, 'all'>;
  measurements: Pick<MeasurementStore, 'list' | 'load'>;
  tell: (news: BackupNews) => void;
  capacity?: typeof zipCapacity;
}

export class NothingKeptError extends Error {
  override name = 'NothingKeptError';

  constructor() {
    super('There is nothing to export yet. Train a run or take a model in first.');
  }
}

/** One thing that is kept: what it is called, and how it is written. */
interface Item {
  name: string;
  kind: keyof Backup['counts'];
  write: () => Promise<void> | void;
}

/**
 * Everything that is kept, in one zip that is stored, not packed. One thing at a time is in memory; what is written lies in blobs, which
 * browsers keep on disk where they are large. What cannot be read is left out and named. Throws `ArchiveTooLargeError`,
 * and `NothingKeptError`.
 */
export async function makeBackup(texts: readonly BackupText[], ports: BackupPorts, now = new Date()): Promise<Backup> {
  const chunks: Blob[] = [];
  const zip = new ZipWriter((chunk) => chunks.push(new Blob([chunk])), ports.capacity);
  const items = [
    ...(await runItems(zip, ports)),
    ...(await guestItems(zip, ports)),
    ...(await resultItems(zip, ports)),
    ...(await measurementItems(zip, ports)),
    ...textItems(zip, texts),
  ];
  if (items.length === 0) throw new NothingKeptError();
  const counts = { runs: 0, models: 0, results: 0, measurements: 0, texts: 0 };
  const unread: Backup['unread'] = [];
  for (const [done, { name, kind, write }] of items.entries()) {
    ports.tell({ name, done, total: items.length });
    try {
      await write();
      counts[kind]++;
    } catch (error) {
      if (error instanceof ArchiveTooLargeError) throw error;
      unread.push({ name, why: error instanceof Error ? error.message : String(error) });
    }
  }
  zip.end();
  const day = now.toISOString().slice(0, 10);
  return { name: `waltz-${day}.zip`, archive: new Blob(chunks, { type: 'application/zip' }), counts, unread };
}

async function runItems(zip: ZipWriter, { runs }: BackupPorts): Promise<Item[]> {
  const paths = new PathsInUse('runs/');
  return (await runs.list()).runs.map(({ run, name, step }) => ({
    ...{ name, kind: 'runs' },
    write: async () => {
      const archive = await writeRunArchive(await runs.load(run), runFormat);
      zip.add(paths.take(`${name}-step-${step}`, '.waltz'), archive);
    },
  }));
}

async function guestItems(zip: ZipWriter, { guests }: BackupPorts): Promise<Item[]> {
  const paths = new PathsInUse('models/');
  return (await guests.list()).guests.map(({ id, name }) => ({
    ...{ name, kind: 'models' },
    write: async () => {
      const guest = await guests.load(id);
      const folder = paths.take(name, '/');
      for (const [path, content] of guestFolder(guest)) zip.add(folder + path, content);
    },
  }));
}

async function resultItems(zip: ZipWriter, { reproductions }: BackupPorts): Promise<Item[]> {
  const results = [...(await reproductions.all()).values()];
  if (results.length === 0) return [];
  return [
    { name: 'results of tables', kind: 'results', write: () => zip.add('results.jsonl', encode(resultLines(results))) },
  ];
}

async function measurementItems(zip: ZipWriter, { measurements }: BackupPorts): Promise<Item[]> {
  const paths = new PathsInUse('measurements/');
  return (await measurements.list()).kept.map((head) => ({
    ...{ name: documentName(head), kind: 'measurements' },
    write: async () => {
      const { answers } = await measurements.load(head.id);
      const text = `${JSON.stringify(measurementDocument(head, answers), null, 2)}\n`;
      zip.add(paths.take(documentName(head), '.json'), encode(text));
    },
  }));
}

function textItems(zip: ZipWriter, texts: readonly BackupText[]): Item[] {
  return texts.map(({ path, text }) => ({ name: path, kind: 'texts', write: () => zip.add(path, encode(text)) }));
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
