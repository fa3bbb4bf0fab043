import type { Tensor } from 'onnxruntime-web';
import type { Probe } from '../model/agent';
import type { TensorPlace } from '../model/layout';
import type { TrainingSequence } from '../model/training-sequences';
import type { Runtime } from '../onnx/decoder';
import { padBatch } from './padded-batch';

type Values = Float32Array<ArrayBuffer>;

/** What goes into a run, by name. */
export type Feeds = Record<string, Tensor>;

interface GenerationFeeds {
  /** [new, prompts] */
  draws: Values;
  temperature: number;
  probes: readonly Probe[];
  past?: number;
}

/** Makes the inputs of the graphs in `src/cpu/graph`. */
export class Feeder {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Views of a flat array, by name: what is written there later goes in with the next run. */
  views(places: readonly TensorPlace[], flat: Values): Feeds {
    return Object.fromEntries(
      places.map(({ name, shape, offset, size }) => [name, this.floats(flat.subarray(offset, offset + size), shape)]),
    );
  }

  /** Sequences packed one after the other. */
  tokens(sequences: readonly (readonly number[])[]): Feeds {
    const { ids, sequence, position, packed, real, ...batch } = padBatch(sequences);
    const beside = [batch.sequences, batch.length];
    return {
      ...{ ids: this.integers(ids), sequence: this.integers(sequence), position: this.integers(position) },
      ...{ packed: this.integers(packed, beside), real: this.floats(real, beside) },
    };
  }

  /** Of `generation`: prompts, behind `past` tokens each. */
  generation(
    prompts: readonly (readonly number[])[],
    { draws, temperature, probes, past = 0 }: GenerationFeeds,
  ): Feeds {
    let end = -1;
    const lastRows = prompts.map(({ length }) => (end += length));
    return {
      ...this.tokens(prompts),
      rows: this.integers(Int32Array.from(lastRows)),
      last: this.integers(Int32Array.from(prompts, (ids) => ids[ids.length - 1])),
      lengths: this.lengths(prompts.map(({ length }) => past + length)),
      draws: this.floats(draws, [draws.length / prompts.length, prompts.length]),
      temperature: this.scalar(temperature),
      after: this.integers(Int32Array.from(probes, ({ after }) => after)),
      probed: this.integers(Int32Array.from(probes, ({ token }) => token)),
    };
  }

  /** What is predicted of sequences: every token that has a weight, but each one's first. */
  predictions(sequences: readonly TrainingSequence[]): Feeds {
    const rows: number[] = [];
    const targets: number[] = [];
    const shares: number[] = [];
    let token = 0;
    for (const { ids, weights } of sequences) {
      for (let i = 1; i < ids.length; i++, token++) {
        if (weights[i] === 0) continue;
        rows.push(token);
        targets.push(ids[i]);
        shares.push(weights[i]);
      }
    }
    return {
      ...this.tokens(sequences.map(({ ids }) => ids.slice(0, -1))),
      rows: this.integers(Int32Array.from(rows)),
      targets: this.integers(Int32Array.from(targets), [rows.length, 1]),
      shares: this.column(Float32Array.from(shares)),
    };
  }

  /** Where rows stand by sequence (`graph/advantages.ts`), from how many each sequence has. */
  rowsBySequence(counts: readonly number[]): Feeds {
    const most = Math.max(...counts);
    const rows = counts.reduce((a, b) => a + b, 0);
    const rowAt = new Int32Array(counts.length * most).fill(rows);
    const placeOf = new Int32Array(rows);
    let row = 0;
    counts.forEach((count, s) => {
      for (let i = 0; i < count; i++, row++) {
        rowAt[s * most + i] = row;
        placeOf[row] = s * most + i;
      }
    });
    return { rowAt: this.integers(rowAt, [counts.length, most]), placeOf: this.integers(placeOf) };
  }

  column(values: Values): Tensor {
    return this.floats(values, [values.length, 1]);
  }

  scalar(value: number): Tensor {
    return this.floats(Float32Array.of(value), []);
  }

  flag(value: boolean): Tensor {
    return new this.#runtime.Tensor('bool', [value], []);
  }

  floats(values: Values, shape: readonly number[] = [values.length]): Tensor {
    return new this.#runtime.Tensor('float32', values, shape);
  }

  integers(values: Int32Array<ArrayBuffer>, shape: readonly number[] = [values.length]): Tensor {
    return new this.#runtime.Tensor('int32', values, shape);
  }

  /** 64-bit. */
  lengths(values: readonly number[]): Tensor {
    return new this.#runtime.Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
  }
}

export function concatenated(parts: readonly Values[]): Values {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
