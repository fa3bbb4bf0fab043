/** A GGUF file of anyone's as a guest. Nothing of it is used before all of it was checked. */
import type { ByteSource } from '../byte-source';
import { usableTemplate } from '../chat-template';
import { checkGuest } from '../guest-check';
import type { GuestFiles } from '../guest-files';
import { GuestTokenizer } from '../guest-tokenizer';
import { checkArchitecture, readConfig } from './config';
import { refusalOf } from './error';
import { readHeader } from './header';
import { Metadata } from './metadata';
import { EMBEDDING, HEAD } from './names';
import { findTensors, readParameters, readRopeFactors, type StoredTensor } from './tensors';
import { readTokenizer } from './tokenizer';

/**
 * Reads it in slices: the file is never in memory whole. `name` is the guest's. Throws `GgufError`, `ModelConfigError`,
 * `UnsupportedModelError`, `NotFiniteError` or `GuestTokenizerError`.
 */
export async function readGguf(file: ByteSource, name: string): Promise<GuestFiles> {
  const refusal = refusalOf(name);
  const header = await readHeader(file, refusal);
  const metadata = new Metadata(header.metadata, refusal);
  checkArchitecture(metadata, refusal);
  const { endTokens, note, ...words } = readTokenizer(metadata, refusal);
  const tensors = findTensors(header, metadata, file.size, refusal);
  const embedding = tensors.get(EMBEDDING) ?? refusal.damaged(`it has no tensor "${EMBEDDING}"`);
  const ropeFactors = await readRopeFactors(file, tensors, refusal);
  const weights = { words: embedding.shape[0], tied: !tensors.has(HEAD), ropeFactors };
  const config = readConfig(metadata, weights, refusal);
  const parameters = await readParameters(file, tensors, config, refusal);
  const { chatTemplate, notes } = usableTemplate(metadata.text('tokenizer.chat_template'), words.tokenizerConfig);
  const guest = checkGuest({ name, config, parameters, onnx: null, ...words, chatTemplate, endTokens }, name);
  new GuestTokenizer(guest, `the tokenizer of ${name}`);
  const bytes = [...tensors.values()].reduce((sum, tensor) => sum + tensor.bytes, 0);
  const said = note === null ? notes : [note, ...notes];
  const license = metadata.text('general.license')?.slice(0, 60) ?? null;
  return { guest, container: 'GGUF', dtypes: kindsOf(tensors), bytes, license, notes: said };
}

/** Kinds of number, the one of most bytes first. */
function kindsOf(tensors: ReadonlyMap<string, StoredTensor>): string[] {
  const bytes = new Map<string, number>();
  for (const { quantization, bytes: own } of tensors.values()) {
    bytes.set(quantization.name, (bytes.get(quantization.name) ?? 0) + own);
  }
  return [...bytes].sort(([, a], [, b]) => b - a).map(([name]) => name);
}
