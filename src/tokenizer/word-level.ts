import type { AddedTokens, Piece, Tokenizer } from './tokenizer';

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

/** Added tokens are found anywhere in a text, longest first, as every Hugging Face tokenizer does it. */
function splitPattern({ special, pieces }: AddedTokens): RegExp {
  const escaped = [...special, ...pieces.map((piece) => piece.text)]
    .sort((a, b) => b.length - a.length)
    .map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(${escaped.join('|')})`);
}

/**
 * A tokenizer of a closed vocabulary (pieces included), one word one token.
 * Throws `InvalidVocabularyError` for a word that is empty, repeated, holds whitespace, or holds an added token.
 */
export function createTokenizer(vocabulary: readonly string[], added: AddedTokens): Tokenizer {
  const tokens: readonly string[] = [...added.special, ...vocabulary];
  const pieceOf: ReadonlyMap<string, Piece> = new Map(added.pieces.map((piece) => [piece.text, piece]));
  const split = splitPattern(added);
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    const isAdded = id < added.special.length || pieceOf.has(token);
    if (ids.has(token) || token === '' || /\s/.test(token) || (!isAdded && split.test(token))) {
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
    toJSON: () => toTokenizerJSON(tokens, added),
  };
}

/**
 * The Hugging Face file. Readers know WordPiece everywhere and WordLevel not everywhere (@huggingface/tokenizers does
 * not), and WordPiece without continuation pieces is the same thing. The decoder puts a space between tokens, then
 * takes it away where a piece touches its neighbour.
 */
function toTokenizerJSON(tokens: readonly string[], { special: first, pieces }: AddedTokens): Record<string, unknown> {
  const replace = (from: string, to: string) => ({ type: 'Replace', pattern: { String: from }, content: to });
  const added = tokens
    .map((content, id) => ({ content, id, special: id < first.length }))
    .filter(({ content, special }) => special || pieces.some(({ text }) => text === content))
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
        ...pieces.flatMap(({ text, before, after }) => [
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
