/** What an ONNX file says of itself, read without its weights: enough to tell a decoder from anything else. */
import type { LlamaConfig } from '../model/config';
import { fieldsOf, ProtobufError } from './protobuf';

/** A file that is no ONNX decoder with past key values in f32, or not this model's. */
export class OnnxFileError extends Error {
  override name = 'OnnxFileError';
}

/** `TensorProto.DataType` and `TensorProto.DataLocation`. */
const F32 = 1;
const EXTERNAL = 1;

/** Throws `OnnxFileError` unless the file is a decoder, as Optimum and this page export it, of so many layers. */
export function checkOnnxDecoder(bytes: Uint8Array, { num_hidden_layers }: LlamaConfig, file: string): void {
  const refuse = (what: string): never => {
    throw new OnnxFileError(`Cannot use ${file}: ${what}. Choose a decoder in f32 with past key values, in one file.`);
  };
  let outline: Outline;
  try {
    outline = readOutline(bytes);
  } catch (error) {
    if (error instanceof ProtobufError) return refuse('it is not an ONNX file, or it was cut off');
    throw error;
  }
  const { inputs, outputs, external, complete } = outline;
  if (!complete) refuse('it is not an ONNX file, or it was cut off');
  if (external) refuse('its weights are in another file');
  const caches = Array.from({ length: num_hidden_layers }, (_, i) => [
    `past_key_values.${i}.key`,
    `past_key_values.${i}.value`,
  ]);
  for (const name of ['input_ids', 'attention_mask', 'position_ids', ...caches.flat()]) {
    if (!inputs.has(name)) refuse(`it has no input "${name}"`);
  }
  if (inputs.has(`past_key_values.${num_hidden_layers}.key`)) refuse(`it has more layers than config.json says`);
  if (caches.flat().some((name) => inputs.get(name) !== F32)) refuse('its past key values are not f32');
  if (!outputs.has('logits')) refuse('it has no output "logits"');
}

interface Outline {
  /** Name → element type. */
  inputs: Map<string, number>;
  outputs: Map<string, number>;
  external: boolean;
  /** Whether it names the operator sets that it is written in. */
  complete: boolean;
}

function readOutline(bytes: Uint8Array): Outline {
  const outline: Outline = { inputs: new Map(), outputs: new Map(), external: false, complete: false };
  for (const { number: field, value: graph } of fieldsOf(bytes)) {
    // The operator sets come last: a file that was cut off has none.
    outline.complete ||= field === 8;
    if (field !== 7 || typeof graph === 'number') continue;
    for (const { number, value } of fieldsOf(graph)) {
      if (typeof value === 'number') continue;
      if (number === 11) outline.inputs.set(...valueInfo(value));
      else if (number === 12) outline.outputs.set(...valueInfo(value));
      else if (number === 5) outline.external ||= isExternal(value);
    }
  }
  return outline;
}

function valueInfo(bytes: Uint8Array): [name: string, elementType: number] {
  const info = { name: new Uint8Array(), type: 0 };
  for (const part of parts(bytes, 1)) info.name = new Uint8Array(part);
  for (const type of parts(bytes, 2)) {
    for (const tensor of parts(type, 1))
      for (const { number, value } of fieldsOf(tensor)) if (number === 1) info.type = Number(value);
  }
  return [new TextDecoder().decode(info.name), info.type];
}

/** The messages and texts of one field; never all at once, as there may be millions. */
function* parts(bytes: Uint8Array, field: number): Generator<Uint8Array> {
  for (const { number, value } of fieldsOf(bytes)) if (number === field && typeof value !== 'number') yield value;
}

function isExternal(tensor: Uint8Array): boolean {
  for (const { number, value } of fieldsOf(tensor)) if (number === 14 && value === EXTERNAL) return true;
  return false;
}
