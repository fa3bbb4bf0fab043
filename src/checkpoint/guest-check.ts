import * as v from 'valibot';
import { parameterLayout } from '../model/layout';
import { AgentFilesError } from './folder';
import type { Guest } from './guest';
import { checkTokenizer } from './guest-tokenizer';
import { firstIssue } from './issue';
import { readLlamaConfig } from './llama-config';
import { allFinite } from './numbers';
import { NotFiniteError } from './safetensors';

/** Longest name that a list shows. */
export const LONGEST_NAME = 120;

const record = v.record(v.string(), v.unknown());
const schema = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_NAME)),
  config: record,
  parameters: v.nullable(v.instance(Float32Array<ArrayBuffer>)),
  onnx: v.nullable(v.instance(Uint8Array<ArrayBuffer>)),
  tokenizer: record,
  tokenizerConfig: record,
  chatTemplate: v.nullable(v.string()),
  endTokens: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.minLength(1)),
});

/**
 * A guest as it came out of a file or a store, checked. `called` names it in messages. Throws `AgentFilesError`,
 * `ModelConfigError`, `UnsupportedModelError`, `NotFiniteError` or `GuestTokenizerError`. Its tokenizer and its template are read and not
 * tried: that may never end.
 */
export function checkGuest(value: unknown, called: string): Guest {
  const refuse = (what: string): never => {
    throw new AgentFilesError(`Cannot use ${called}: ${what}. Import it again from its file.`);
  };
  const read = v.safeParse(schema, value);
  if (!read.success) return refuse(firstIssue(read.issues, 'it'));
  const { name, parameters, onnx, chatTemplate, endTokens } = read.output;
  // As they came: a schema of records leaves words like "constructor" out.
  const { tokenizer, tokenizerConfig } = value as Pick<Guest, 'tokenizer' | 'tokenizerConfig'>;
  const config = readLlamaConfig({ model_type: 'llama', ...read.output.config }, `${called}/config.json`);
  if (!parameters && !onnx) refuse('it has no weights');
  if (parameters && parameters.length !== parameterLayout(config).size) refuse('its parameters are not its config’s');
  if (parameters && !allFinite(parameters)) {
    throw new NotFiniteError(`Cannot use ${called}: its parameters hold a NaN or an infinity. Import it again.`);
  }
  const beyond = endTokens.find((id) => id >= config.vocab_size);
  if (beyond !== undefined) refuse(`token ${beyond} is to end its texts, and it knows ids below ${config.vocab_size}`);
  checkTokenizer({ tokenizer, tokenizerConfig, config }, `${called}/tokenizer.json`);
  return { name, config, parameters, onnx, tokenizer, tokenizerConfig, chatTemplate, endTokens };
}
