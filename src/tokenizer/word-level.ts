import { jsonPieces } from '../chat/json-pieces';
import { specialTokens, type Tokenizer } from './tokenizer';

export class UnknownWordError extends Error {
  override name = 'UnknownWordError';
  readonly word: string;
  constructor(word: string) {
    super(`"${word}" is not a word of this world. Use words from its vocabulary, one space between them.`);
    this.word = word;
  }
}

export class InvalidVocabularyError extends Error {
  override name = 'InvalidVocabularyError';
}

/**
 * `tokenizer_config.json` beside the exported `tokenizer.json`: without the first key, readers that tidy English
 * spacing would glue "zorp ." into "zorp." and decode(encode(x)) = x would no longer hold.
 */
export const tokenizerConfig = {
  clean_up_tokenization_spaces: false,
  tokenizer_class: 'PreTrainedTokenizerFast',
  unk_token: '<unk>',
  pad_token: '<pad>',
  eos_token: '<end>',
  additional_special_tokens: ['<user>', '<assistant>', '<feedback>', '<advice>'],
} as const;

const pieceOf: ReadonlyMap<string, { before: boolean; after: boolean }> = new Map(
  jsonPieces.map((piece) => [piece.text, piece]),
);

/** Added tokens are found anywhere in a text, longest first, as every Hugging Face tokenizer does it. */
function splitPattern(): RegExp {
  const escaped = [...specialTokens, ...jsonPieces.map((piece) => piece.text)]
    .sort((a, b) => b.length - a.length)
    .map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(${escaped.join('|')})`);
}

/**
 * A tokenizer of a closed vocabulary (JSON pieces included), one word one token.
 * Throws `InvalidVocabularyError` for a word that is empty, repeated, holds whitespace, or holds an added token.
 */
export function createTokenizer(vocabulary: readonly string[]): Tokenizer {
  const tokens: readonly string[] = [...specialTokens, ...vocabulary];
  const split = splitPattern();
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    const added = id < specialTokens.length || pieceOf.has(token);
    if (ids.has(token) || token === '' || /\s/.test(token) || (!added && split.test(token))) {
      throw new InvalidVocabularyError(`Vocabulary entry ${JSON.stringify(token)} cannot be a token. Remove it.`);
    }
    ids.set(token, id);
  }

  const id = (token: string): number => {
    const found = ids.get(token);
    if (found === undefined) throw new UnknownWordError(token);
    return found;
  };

  return {
    size: tokens.length,
    id,
    encode(text) {
      const result: number[] = [];
      for (const section of text.split(split)) {
        for (const word of section.split(/\s+/)) if (word !== '') result.push(id(word));
      }
      return result;
    },
    decode(sequence) {
      let text = '';
      let glued = true;
      for (const each of sequence) {
        const token = tokens[each];
        if (token === undefined) throw new RangeError(`Token id ${each} is outside 0–${tokens.length - 1}.`);
        const piece = pieceOf.get(token);
        if (!glued && !piece?.before) text += ' ';
        text += token;
        glued = piece?.after ?? false;
      }
      return text;
    },
    toJSON: () => toTokenizerJSON(tokens),
  };
}

/**
 * The Hugging Face file. Readers know WordPiece everywhere and WordLevel not everywhere (@huggingface/tokenizers does
 * not), and WordPiece without continuation pieces is the same thing. The decoder puts a space between tokens, then
 * takes it away where a JSON piece touches its neighbour.
 */
function toTokenizerJSON(tokens: readonly string[]): Record<string, unknown> {
  const replace = (from: string, to: string) => ({ type: 'Replace', pattern: { String: from }, content: to });
  const added = tokens
    .map((content, id) => ({ content, id, special: id < specialTokens.length }))
    .filter(({ content, special }) => special || pieceOf.has(content))
    .map(({ content, id, special }) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special,
    }));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'WordPiece', prefix: '##', cleanup: false },
        { type: 'Fuse' },
        ...jsonPieces.flatMap(({ text, before, after }) => [
          ...(before ? [replace(` ${text}`, text)] : []),
          ...(after ? [replace(`${text} `, text)] : []),
        ]),
      ],
    },
    model: {
      type: 'WordPiece',
      unk_token: '<unk>',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}
