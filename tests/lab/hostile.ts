/** Files of an enemy: each gives an error with a name and in plain words, or the very guest that was meant. */
import fc from 'fast-check';
import { afterAll, afterEach, expect } from 'vitest';
import type { Files } from '../../src/checkpoint/folder';
import type { Guest } from '../../src/checkpoint/guest';
import { checkGuest } from '../../src/checkpoint/guest-check';
import { packZip } from '../../src/checkpoint/zip';
import { readOffer } from '../../src/lab/import/read';
import { ownFolder } from '../checkpoint/guest-folder';

const known = new Set([
  ...['NotAnArchiveError', 'ArchiveDamagedError', 'ArchiveTooLargeError', 'OfferError', 'AgentFilesError'],
  ...[
    'ModelConfigError',
    'UnsupportedModelError',
    'SafetensorsError',
    'NotFiniteError',
    'GuestTokenizerError',
    'OnnxFileError',
    'GgufError',
  ],
]);
/** Milliseconds that any of these small files may take, on a busy machine too. */
const PATIENCE = 5000;
/** Files that each of these tests tries at least. */
const FEWEST = 1000;

let cases = 0;
export const own = ownFolder();
export const zip = packZip(own);

type Offered = Parameters<typeof readOffer>[0];

export const folder = (files: Files) =>
  Object.entries(files).map(([path, bytes]) => ({ path: `m/${path}`, content: new Blob([new Uint8Array(bytes)]) }));
export const archive = (bytes: Uint8Array, path = 'm.zip') => [{ path, content: new Blob([new Uint8Array(bytes)]) }];

/** The guest, or null where it was refused as it should be. */
export async function attempt(files: Offered): Promise<Guest | null> {
  cases++;
  const start = performance.now();
  try {
    const offer = await readOffer(files);
    if (offer.kind === 'run') throw new Error('This is no run.');
    expect(offer.guests).toHaveLength(1);
    const [{ guest }] = offer.guests;
    return checkGuest(guest, guest.name);
  } catch (error) {
    const { name, message } = error as Error;
    expect(known, `${name}: ${message}`).toContain(name);
    expect(message).toMatch(/^.{10,600}[.]$/su);
    // What the tokenizers' library says is quoted.
    expect(message.replace(/ says ".*"/s, '')).not.toMatch(/undefined|\[object|\bat .*:\d+:\d+/);
    return null;
  } finally {
    expect(performance.now() - start).toBeLessThan(PATIENCE);
  }
}

export const meant = await attempt(archive(zip));

/** Refused, or what was meant, bit for bit. */
export async function refusedOrMeant(files: Offered, expected = meant): Promise<void> {
  const guest = await attempt(files);
  if (guest) expect({ ...guest, name: '' }).toEqual({ ...expected!, name: '' });
}

export async function refused(files: Offered): Promise<void> {
  expect(await attempt(files)).toBeNull();
}

export const flip = (bytes: Uint8Array, at: number, bit: number) => {
  const changed = bytes.slice();
  changed[at % bytes.length] ^= 1 << bit;
  return changed;
};
export const bit = fc.integer({ min: 0, max: 7 });

/** To be called by each test file: what came in changed no object of anyone, and enough of it came. */
export function watch(): void {
  afterEach(() => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(Object.prototype)).toBeNull();
  });
  afterAll(() => {
    expect(cases).toBeGreaterThan(FEWEST);
  });
}
