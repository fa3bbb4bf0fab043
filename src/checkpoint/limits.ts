/** How large a file of a model or a run may be, known before any of it is unpacked, decoded or parsed. */

/** Ceilings of a JSON text. */
export interface JsonLimits {
  /** Bytes in UTF-8. */
  bytes: number;
  /** Commas outside of strings: about as many entries of lists and objects. */
  entries: number;
  /** Objects and lists in each other; deeper ones would end the stack of whoever walks them. */
  nesting: number;
}

const MB = 1_000_000;
const nesting = 64;

/**
 * By the file's name, with a margin of two to ten over the largest that are public: a tokenizer.json of 256,000 words and 580,000
 * merges is 35 MB with 2 million entries, a tokenizer_config.json of 33,000 added tokens 6 MB, an index of 91,000 tensors 9 MB.
 */
const named: Readonly<Record<string, JsonLimits>> = {
  'tokenizer.json': { bytes: 64 * MB, entries: 5_000_000, nesting },
  'tokenizer_config.json': { bytes: 32 * MB, entries: 1_000_000, nesting },
  'chat_template.jinja': { bytes: MB, entries: Infinity, nesting: Infinity },
  'README.md': { bytes: 4 * MB, entries: Infinity, nesting: Infinity },
  // Of a run: 10,000 steps are the most, each a line of about 2 kB.
  'metrics.jsonl': { bytes: 64 * MB, entries: 2_000_000, nesting },
  'evaluations.json': { bytes: 64 * MB, entries: 2_000_000, nesting },
  'measured.json': { bytes: 64 * MB, entries: 2_000_000, nesting },
};
const indexLimits: JsonLimits = { bytes: 32 * MB, entries: 500_000, nesting };
/** Of config.json, generation_config.json, an archive's manifest and the like: real ones have a few kB. */
const otherLimits: JsonLimits = { bytes: 4 * MB, entries: 100_000, nesting };

/** Of the header of a safetensors file: 100,000 tensors fill 12 MB, with 7 entries each. */
export const headerLimits: JsonLimits = { bytes: 25 * MB, entries: 1_000_000, nesting };

/**
 * Words, merges and added tokens of a tokenizer.json, and special tokens beside it: the most that public Llamas and their like have
 * are 262,000, 580,000, 33,000 and a few hundred. The library compares each special token with each other one.
 */
export const tokenizerLimits = { words: 600_000, merges: 800_000, added: 60_000, additional: 2000 };

/** Limits of a file by its path, null where it holds weights. */
export function limitsOf(path: string): JsonLimits | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (Object.hasOwn(named, name)) return named[name];
  if (name.endsWith('.index.json')) return indexLimits;
  return name.endsWith('.json') ? otherLimits : null;
}

/** Why a file of so many bytes is not even read, to be said of it; null where it is. */
export function oversize(bytes: number, limits: JsonLimits | null): string | null {
  if (limits === null || bytes <= limits.bytes) return null;
  return `is ${Math.ceil(bytes / MB)} MB, and such files have at most ${limits.bytes / MB} MB`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const open = new Set([0x7b, 0x5b]);
const close = new Set([0x7d, 0x5d]);

/** Why a JSON text is not even parsed, to be said of it; null where it is. One pass, which ends at the first excess. */
export function excess(json: Uint8Array, limits: JsonLimits): string | null {
  const tooLarge = oversize(json.length, limits);
  if (tooLarge !== null) return tooLarge;
  let depth = 0;
  let entries = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === COMMA) {
      if (++entries > limits.entries) return `has more than ${limits.entries} entries`;
    } else if (open.has(byte)) {
      if (++depth > limits.nesting) return `is nested more than ${limits.nesting} deep`;
    } else if (close.has(byte)) depth--;
  }
  return null;
}

/** Where the string that begins at a quote ends. */
function endOfString(json: Uint8Array, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf(QUOTE, at);
    if (at < 0) return json.length;
    let escapes = 0;
    while (json[at - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
}
