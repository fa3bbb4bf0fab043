/** Runs in a worker: reads one hostile file after another, and uses what it accepts. */
import { parentPort } from 'node:worker_threads';
import { ChatTemplateError, chatTemplateProblem, renderChat } from '../../src/chat/rendering';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import { readRunArchive } from '../../src/checkpoint/archive';
import { readJson } from '../../src/checkpoint/folder';
import { readGuest } from '../../src/checkpoint/guest-files';
import { GuestTokenizer } from '../../src/checkpoint/guest-tokenizer';
import { checkOnnxDecoder } from '../../src/checkpoint/onnx-outline';
import { format, smallConfig } from '../checkpoint/fixtures';
import { ownFolder } from '../checkpoint/guest-folder';
import type { Case, Outcome } from './case';

const own = ownFolder();
const texts = [
  ...['', 'how do i dance', 'Hello, world! 42\n\n', '\u{1f642}\ud800\u202e\0', '<s>the</s> <unk>', "don't l \ufdfa İ"],
  ...['a', ' ', '1', 'l', 'aA', 'x ', '\n'].map((piece) => piece.repeat(100)),
];
const long = Array.from({ length: 20 }, (_, i) => ({
  role: i % 2 ? 'assistant' : 'user',
  content: 'word '.repeat(200),
}));
const chats = [[], [{ role: 'user', content: '{{ a }} aaa\nb' }], [{ role: '__proto__', content: '\ud800' }], long];

/** Whatever is thrown of ours may be thrown of one text or chat and not of another. */
function each<T>(items: readonly T[], use: (item: T) => unknown): void {
  let fault: Error | null = null;
  for (const item of items) {
    try {
      use(item);
    } catch (error) {
      if (!(error instanceof Error) || !known.has(error.name)) throw error;
      fault = error;
    }
  }
  if (fault !== null) throw fault;
}

/** The classes that the readers say they throw. */
const known = new Set([
  ...['AgentFilesError', 'ModelConfigError', 'UnsupportedModelError', 'SafetensorsError', 'NotFiniteError'],
  ...['GuestTokenizerError', 'ChatTemplateError', 'OnnxFileError', 'NotAnArchiveError', 'ArchiveDamagedError'],
  ...['ArchiveTooLargeError', 'ArchiveVersionError', 'AgentStateError'],
]);

async function read(one: Case): Promise<void> {
  switch (one.kind) {
    case 'tokenizer': {
      const bytes = (text: string) => new TextEncoder().encode(text);
      const files = { 'tokenizer.json': bytes(one.tokenizer), 'tokenizer_config.json': bytes(one.tokenizerConfig) };
      const [tokenizer, tokenizerConfig] = Object.keys(files).map((name) => readJson(files, name, 'm'));
      const read = new GuestTokenizer({ tokenizer, tokenizerConfig, config: { vocab_size: one.size } });
      each(texts, (text) => read.decode(read.encode(text)));
      return;
    }
    case 'template': {
      const problem = chatTemplateProblem(one.template);
      if (problem !== null) throw new ChatTemplateError(problem);
      each(chats, (chat) => renderChat(one.template, chat, { tokenizerConfig: { bos_token: '<s>' } }));
      return;
    }
    case 'config':
      await readGuest(sourcesOf({ ...own, 'config.json': one.bytes }), 'm');
      return;
    case 'archive':
      await readRunArchive(one.bytes, format);
      return;
    case 'onnx':
      checkOnnxDecoder(one.bytes, smallConfig, 'm');
  }
}

async function outcomeOf(one: Case): Promise<Outcome> {
  try {
    await read(one);
    return { accepted: true };
  } catch (error) {
    const { name, message, stack } = error as Error;
    return { accepted: false, error: name, message: known.has(name) ? message : `not ours: ${stack ?? message}` };
  }
}

parentPort!.on('message', (one: Case) => {
  void outcomeOf(one).then((outcome) => {
    if (Object.keys(Object.prototype).length > 0 || 'polluted' in {}) throw new Error('Every object was changed.');
    parentPort!.postMessage(outcome);
  });
});
