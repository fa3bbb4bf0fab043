/** A model in ONNX's format (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), built node by node. */
import { byteLength, float, integer, join, message, text, type Fields } from './protobuf';

export type ElementType = 'f32' | 'f16' | 'f64' | 'i32' | 'i64' | 'bool';

/** `TensorProto.DataType`. */
const elementTypes: Record<ElementType, number> = { f32: 1, i32: 6, i64: 7, bool: 9, f16: 10, f64: 11 };

/** `TensorProto.DataLocation`. */
const EXTERNAL = 1;

/** `AttributeProto.AttributeType`. */
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const GRAPH = 5;
const INTS = 7;

/** An integer, a list of integers, a word, the body of a loop, or a float, which has to be told from an integer. */
export type Attribute = number | readonly number[] | string | OnnxGraph | { float: number };

/** The operator set of `ai.onnx` that has RMSNormalization and RotaryEmbedding, and the file version that came with it. */
const OPSET = 23;
const IR_VERSION = 11;

/** Operators that ONNX Runtime has beside those of the standard. */
const RUNTIME = 'com.microsoft';
const RUNTIME_OPSET = 1;
const runtimeOperators = new Set(['FusedMatMul']);

/** Protocol Buffers allow no longer message. */
const MAX_BYTES = 2 ** 31 - 1;

/** A model that an ONNX file cannot hold. */
export class OnnxError extends Error {
  override name = 'OnnxError';
}

export class OnnxGraph {
  readonly #name: string;
  readonly #nodes: Fields[] = [];
  readonly #initializers: Fields[] = [];
  readonly #inputs: Fields[] = [];
  readonly #outputs: Fields[] = [];
  /** Whether an operator is the runtime's own. */
  #ofRuntime = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Declares an input; a dimension given by name is dynamic. Returns its name. */
  input(name: string, type: ElementType, shape: readonly (number | string)[]): string {
    this.#inputs.push(message(11, valueInfo(name, type, shape)));
    return name;
  }

  /** Declares as an output what a node gives under that name. */
  output(name: string, type: ElementType, shape: readonly (number | string)[]): void {
    this.#outputs.push(message(12, valueInfo(name, type, shape)));
  }

  /** Adds a constant tensor, row-major and little-endian. Returns its name. */
  constant(name: string, type: ElementType, shape: readonly number[], bytes: Uint8Array<ArrayBuffer>): string {
    const dims = shape.flatMap((size) => integer(1, size));
    const tensor = [...dims, ...integer(2, elementTypes[type]), ...text(8, name), ...message(9, [bytes])];
    this.#initializers.push(message(5, tensor));
    return name;
  }

  /** Adds a constant whose bytes are given to the session beside the file, under its name as the path. Returns its name. */
  external(name: string, type: ElementType, shape: readonly number[]): string {
    const dims = shape.flatMap((size) => integer(1, size));
    const location = message(13, [...text(1, 'location'), ...text(2, name)]);
    const tensor = [
      ...dims,
      ...integer(2, elementTypes[type]),
      ...text(8, name),
      ...location,
      ...integer(14, EXTERNAL),
    ];
    this.#initializers.push(message(5, tensor));
    return name;
  }

  /** Adds a constant of floats. Returns its name. */
  floats(name: string, shape: readonly number[], values: Float32Array<ArrayBuffer>): string {
    const { buffer, byteOffset, byteLength } = values;
    return this.constant(name, 'f32', shape, new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** Adds a constant of 64-bit integers. Returns its name. */
  integers(name: string, shape: readonly number[], values: readonly number[]): string {
    return this.constant(name, 'i64', shape, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  /** Adds a node; its name is that of its first output. An input '' is one left out. Returns the outputs' names. */
  nodes(
    operator: string,
    outputs: readonly string[],
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly string[] {
    const node = [
      ...inputs.flatMap((input) => text(1, input)),
      ...outputs.flatMap((output) => text(2, output)),
      ...text(3, outputs[0]),
      ...text(4, operator),
      ...(runtimeOperators.has(operator) ? text(7, RUNTIME) : []),
      ...Object.entries(attributes).flatMap(([key, value]) => message(5, attribute(key, value))),
    ];
    this.#nodes.push(message(1, node));
    const bodies = Object.values(attributes).filter((value) => value instanceof OnnxGraph);
    this.#ofRuntime ||= runtimeOperators.has(operator) || bodies.some((body) => body.#ofRuntime);
    return outputs;
  }

  /** Adds a node with one output. Returns the output's name. */
  node(
    operator: string,
    output: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    return this.nodes(operator, [output], inputs, attributes)[0];
  }

  cast(output: string, input: string, to: ElementType): string {
    return this.node('Cast', output, [input], { to: elementTypes[to] });
  }

  /** As it stands inside of a file, or of another graph. */
  fields(): Fields {
    return [
      ...this.#nodes.flat(),
      ...text(2, this.#name),
      ...this.#initializers.flat(),
      ...this.#inputs.flat(),
      ...this.#outputs.flat(),
    ];
  }

  /** The whole file. Throws `OnnxError` above 2 GiB. */
  encode(): Uint8Array<ArrayBuffer> {
    const model = [
      ...integer(1, IR_VERSION),
      ...text(2, 'WaltzRL Playground'),
      ...message(7, this.fields()),
      ...message(8, integer(2, OPSET)),
      ...(this.#ofRuntime ? message(8, [...text(1, RUNTIME), ...integer(2, RUNTIME_OPSET)]) : []),
    ];
    if (byteLength(model) > MAX_BYTES) {
      throw new OnnxError('An ONNX file holds at most 2 GiB. Export this model in f16, or as safetensors.');
    }
    return join(model);
  }
}

function valueInfo(name: string, type: ElementType, shape: readonly (number | string)[]): Fields {
  const dims = shape.flatMap((size) => message(1, typeof size === 'number' ? integer(1, size) : text(2, size)));
  const tensorType = [...integer(1, elementTypes[type]), ...message(2, dims)];
  return [...text(1, name), ...message(2, message(1, tensorType))];
}

function attribute(name: string, value: Attribute): Fields {
  if (typeof value === 'number') return [...text(1, name), ...integer(3, value), ...integer(20, INT)];
  if (typeof value === 'string') return [...text(1, name), ...text(4, value), ...integer(20, STRING)];
  if (value instanceof OnnxGraph) return [...text(1, name), ...message(6, value.fields()), ...integer(20, GRAPH)];
  if ('float' in value) return [...text(1, name), ...float(2, value.float), ...integer(20, FLOAT)];
  return [...text(1, name), ...value.flatMap((one) => integer(8, one)), ...integer(20, INTS)];
}
