/** The tokenizer of a GGUF file as a tokenizer.json, and what tokenizer_config.json would say beside it. */
import type { Guest } from '../guest';
import { tokenizerLimits } from '../limits';
import { short } from '../short';
import type { Refusal } from './error';
import type { Metadata } from './metadata';
import { preTokenizers, type PreTokenizer } from './pre-tokenizers';
import { mergesOf } from './sentencepiece';
import { readSpecialTokens, readVocabulary, type SpecialTokens, type Vocabulary } from './vocabulary';

export type GgufTokenizer = Pick<Guest, 'tokenizer' | 'tokenizerConfig' | 'endTokens'> & {
  /** What is to be said of it, or null. */
  note: string | null;
};

const MODEL = 'tokenizer.ggml.model';
const PRE = 'tokenizer.ggml.pre';
const supported = 'Byte-level BPE (gpt2) and SentencePiece BPE (llama) can be read: choose another checkpoint.';

/** Throws `GgufError`. */
export function readTokenizer(metadata: Metadata, refusal: Refusal): GgufTokenizer {
  const kind = metadata.needText(MODEL);
  switch (kind) {
    case 'gpt2':
      return readByteLevel(metadata, refusal);
    case 'llama':
      return readSentencePiece(metadata, refusal);
    default:
      return refusal.unsupported(`its tokenizer is of the kind ${short(kind)}`, supported);
  }
}

function readByteLevel(metadata: Metadata, refusal: Refusal): GgufTokenizer {
  const pre = preTokenizerOf(metadata, refusal);
  const special = readSpecialTokens(metadata, {}, refusal);
  const vocabulary = readVocabulary(metadata, special, refusal);
  const vocab = vocabOf(vocabulary);
  const merges = metadata.needTexts('tokenizer.ggml.merges');
  checkMerges(merges, vocab, refusal);
  const { normalizer, pre_tokenizer, ignore_merges } = pre;
  const parts = { vocab, merges, ignore_merges, byte_fallback: false, unk_token: null };
  const adds = addsOf(metadata, { bos: pre.addBos, eos: false });
  return assemble(
    { parts, normalizer, pre_tokenizer, decoder: byteLevelDecoder },
    { vocabulary, special, adds, note: pre.note },
    refusal,
  );
}

const byteLevelDecoder = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };

function preTokenizerOf(metadata: Metadata, { unsupported }: Refusal): PreTokenizer {
  const known = Object.keys(preTokenizers).join(', ');
  const advice = `Those that are known are ${known}: convert the model again with a current llama.cpp, or choose another.`;
  const name = metadata.text(PRE);
  // Before May 2024 files did not say it, and were read in a wrong way ever since.
  if (name === undefined) return unsupported(`it does not say how texts are split ("${PRE}")`, advice);
  if (!Object.hasOwn(preTokenizers, name)) return unsupported(`its pre-tokenizer is ${short(name)}`, advice);
  return preTokenizers[name];
}

function readSentencePiece(metadata: Metadata, refusal: Refusal): GgufTokenizer {
  if (metadata.flag('tokenizer.ggml.remove_extra_whitespaces') === true)
    refusal.unsupported('its tokenizer removes spaces ("tokenizer.ggml.remove_extra_whitespaces")', supported);
  const special = readSpecialTokens(metadata, { bos: 1, eos: 2, unk: 0 }, refusal);
  const vocabulary = readVocabulary(metadata, special, refusal);
  const scores =
    metadata.numbers('tokenizer.ggml.scores') ?? refusal.damaged('its header has no "tokenizer.ggml.scores"');
  const vocab = vocabOf(vocabulary);
  const merges = mergesOf(vocabulary, scores, refusal);
  const prefix = metadata.flag('tokenizer.ggml.add_space_prefix') ?? true;
  const word = (id: number | null) => (id === null ? null : vocabulary.tokens[id]);
  const parts = {
    vocab,
    merges,
    ignore_merges: false,
    byte_fallback: true,
    fuse_unk: true,
    unk_token: word(special.unk),
  };
  // A space goes before the first word alone: one behind each special token would be another text than the model learned.
  const pre_tokenizer = {
    ...{ type: 'Metaspace', replacement: SPACE, prepend_scheme: prefix ? 'first' : 'never', split: false },
  };
  const decoders = [
    { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
  ];
  const adds = addsOf(metadata, { bos: true, eos: false });
  const steps = { parts, normalizer: null, pre_tokenizer, decoder: { type: 'Sequence', decoders } };
  return assemble(steps, { vocabulary, special, adds, note: null }, refusal);
}

const SPACE = '\u2581';

interface Adds {
  bos: boolean;
  eos: boolean;
}

/** What stands around every text. */
function addsOf(metadata: Metadata, otherwise: Adds): Adds {
  return {
    bos: metadata.flag('tokenizer.ggml.add_bos_token') ?? otherwise.bos,
    eos: metadata.flag('tokenizer.ggml.add_eos_token') ?? otherwise.eos,
  };
}

/** Words by their ids, whatever they are called: `__proto__` is a word too. */
function vocabOf({ tokens, words }: Vocabulary): Record<string, number> {
  return Object.fromEntries(words.map((id) => [tokens[id], id]));
}

/** Of pairs of words that make a word, as Python's tokenizers asks. */
function checkMerges(merges: readonly string[], vocab: Readonly<Record<string, number>>, { damaged }: Refusal): void {
  if (merges.length > tokenizerLimits.merges) {
    damaged(`it has ${merges.length} merges, and ${tokenizerLimits.merges} are the most`);
  }
  const known = (word: string) => Object.hasOwn(vocab, word);
  for (const merge of merges) {
    const at = merge.indexOf(' ');
    const [left, right] = [merge.slice(0, at), merge.slice(at + 1)];
    if (at < 0 || !known(left) || !known(right) || !known(left + right)) {
      damaged(`its merge "${short(merge)}" does not make a word of two words`);
    }
  }
}

interface Steps {
  parts: Record<string, unknown>;
  normalizer: Record<string, unknown> | null;
  pre_tokenizer: Record<string, unknown>;
  decoder: Record<string, unknown>;
}

function assemble(
  { parts, normalizer, pre_tokenizer, decoder }: Steps,
  {
    vocabulary,
    special,
    adds,
    note,
  }: { vocabulary: Vocabulary; special: SpecialTokens; adds: Adds; note: string | null },
  { damaged }: Refusal,
): GgufTokenizer {
  const { tokens, added } = vocabulary;
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const around = (name: 'bos' | 'eos') => {
    if (!adds[name]) return [];
    return [special[name] ?? damaged(`it puts ${name} around texts, and does not say which token that is`)];
  };
  const before = around('bos');
  const behind = around('eos');
  const named = [
    ['bos_token', special.bos],
    ['eos_token', special.eos],
    ['unk_token', special.unk],
    ['pad_token', special.pad],
  ] as const;
  return {
    tokenizer: {
      ...{ version: '1.0', truncation: null, padding: null },
      added_tokens: added.map(({ id, special }) => ({ id, content: tokens[id], ...plain, special })),
      ...{ normalizer, pre_tokenizer, post_processor: frame(before, behind, tokens), decoder },
      model: { type: 'BPE', dropout: null, continuing_subword_prefix: null, end_of_word_suffix: null, ...parts },
    },
    tokenizerConfig: {
      ...Object.fromEntries(named.flatMap(([name, id]) => (id === null ? [] : [[name, tokens[id]]]))),
      ...{ add_bos_token: adds.bos, add_eos_token: adds.eos, clean_up_tokenization_spaces: false },
      tokenizer_class: 'PreTrainedTokenizerFast',
    },
    endTokens: special.ends,
    note,
  };
}

/** A post-processor that puts tokens around a text, null where there are none. */
function frame(before: readonly number[], behind: readonly number[], tokens: readonly string[]): unknown {
  const ids = [...before, ...behind];
  if (ids.length === 0) return null;
  const special = (type_id: number) => (id: number) => ({ SpecialToken: { id: tokens[id], type_id } });
  const around = (id: string, type_id: number) => [
    ...before.map(special(type_id)),
    { Sequence: { id, type_id } },
    ...behind.map(special(type_id)),
  ];
  return {
    type: 'TemplateProcessing',
    single: around('A', 0),
    pair: [...around('A', 0), ...around('B', 1)],
    special_tokens: Object.fromEntries(
      ids.map((id) => [tokens[id], { id: tokens[id], ids: [id], tokens: [tokens[id]] }]),
    ),
  };
}
