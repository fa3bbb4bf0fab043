import { OnnxGraph, type Attribute, type ElementType } from '../../checkpoint/onnx-graph';

/** Writes a graph as one writes a formula: every operator's result has a name of its own, and is the next one's input. */
export class GraphBuilder {
  readonly graph: OnnxGraph;
  /** Before the names of a body, which may not be those of the graph around it. */
  readonly #prefix: string;
  #made = 0;

  constructor(name: string, prefix = '') {
    this.graph = new OnnxGraph(name);
    this.#prefix = prefix;
  }

  input(name: string, type: ElementType, shape: readonly (number | string)[]): string {
    return this.graph.input(name, type, shape);
  }

  /** Gives a value out under that name. */
  output(name: string, value: string, type: ElementType, shape: readonly (number | string)[]): void {
    this.graph.node('Identity', name, [value]);
    this.graph.output(name, type, shape);
  }

  op(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.graph.node(operator, this.#fresh(operator), inputs, attributes);
  }

  /** An operator with several results. */
  ops(
    operator: string,
    count: number,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ) {
    const outputs = Array.from({ length: count }, () => this.#fresh(operator));
    return this.graph.nodes(operator, outputs, inputs, attributes);
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.graph.integers(this.#fresh('integers'), shape, values);
  }

  int32(value: number): string {
    return this.graph.constant(this.#fresh('int32'), 'i32', [], bytesOf(Int32Array.of(value)));
  }

  /** `from`, `from` + 1, … in this shape. */
  range32(shape: readonly number[], from: number): string {
    const count = shape.reduce((a, b) => a * b);
    const values = Int32Array.from({ length: count }, (_, i) => from + i);
    return this.graph.constant(this.#fresh('range'), 'i32', shape, bytesOf(values));
  }

  scalar(value: number): string {
    return this.floats([], Float32Array.of(value));
  }

  floats(shape: readonly number[], values: Float32Array<ArrayBuffer>): string {
    return this.graph.floats(this.#fresh('floats'), shape, values);
  }

  cast(value: string, to: ElementType): string {
    return this.graph.cast(this.#fresh('Cast'), value, to);
  }

  /** bool [n] → bool [] */
  anyOf(values: string): string {
    return this.cast(this.op('ReduceMax', [this.cast(values, 'i32'), this.integers([0])], { keepdims: 0 }), 'bool');
  }

  add = (a: string, b: string) => this.op('Add', [a, b]);
  sub = (a: string, b: string) => this.op('Sub', [a, b]);
  mul = (a: string, b: string) => this.op('Mul', [a, b]);

  /** a · b of matrices, either turned, and `plus` what is to be added. */
  product(a: string, b: string, { turnA = false, turnB = false, plus }: ProductOptions = {}): string {
    const inputs = plus === undefined ? [a, b] : [a, b, plus];
    return this.op('Gemm', inputs, { transA: Number(turnA), transB: Number(turnB) });
  }

  /** factor · a · b of each pair of matrices. */
  products(a: string, b: string, { turnA = false, turnB = false, factor = 1 } = {}): string {
    const attributes = { transA: Number(turnA), transB: Number(turnB), alpha: { float: factor } };
    return this.op('FusedMatMul', [a, b], attributes);
  }

  gather(data: string, indices: string, axis = 0): string {
    return this.op('Gather', [data, indices], { axis });
  }

  /** 0 keeps the dimension in its place, −1 takes what is left. */
  reshape(data: string, shape: readonly number[]): string {
    return this.op('Reshape', [data, this.integers(shape)]);
  }

  /** Over the last dimension, which stays with length 1. */
  sumRows(data: string): string {
    return this.op('ReduceSum', [data, this.integers([-1])]);
  }

  #fresh(operator: string): string {
    return `${this.#prefix}${operator}.${this.#made++}`;
  }
}

const bytesOf = ({ buffer }: Int32Array<ArrayBuffer>) => new Uint8Array(buffer);

interface ProductOptions {
  turnA?: boolean;
  turnB?: boolean;
  plus?: string;
}
