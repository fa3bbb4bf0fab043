import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import compact from '../../src/gpu/kernels/compact.wgsl?raw';
import philoxSource from '../../src/gpu/kernels/philox.wgsl?raw';
import sampleSource from '../../src/gpu/kernels/sample.wgsl?raw';
import samplingSource from '../../src/gpu/kernels/sampling.wgsl?raw';
import { philox, Random, streamKey, type Words4 } from '../../src/random/philox';
import { tokenMarks } from '../../src/gpu/token-marks';
import { openEngine, type Engine } from '../oracle/engine';
import { softmax } from '../oracle/operations';
import { draw, greedy, sample } from '../oracle/sampling';
import { runKernel } from './run-kernel';
import { byFeature, normal, SPARE } from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

test('philox.wgsl gives the words of philox.ts', async () => {
  const random = new Random(1, 'trajectory');
  const edges = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
  const word = () => (random.chance(0.3) ? random.pick(edges) : random.word());
  const places = Array.from({ length: 200 }, (_, i) =>
    Array.from({ length: 6 }, () => (i === 0 ? 0 : i === 1 ? 0xffffffff : word())),
  );
  const source = /* wgsl */ `
@group(0) @binding(0) var<storage, read> places: array<u32>;
@group(0) @binding(1) var<storage, read_write> words: array<vec4u>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  if (at >= 200u) { return; }
  let p = 6u * at;
  words[at] = philox(vec2u(places[p], places[p + 1u]),
    vec4u(places[p + 2u], places[p + 3u], places[p + 4u], places[p + 5u]));
}`;
  const { words } = await runKernel(engine.gpu, kernel('philox', philoxSource + source), {
    work: { invocations: places.length },
    bindings: { places: new Uint32Array(places.flat()), words: new Uint32Array(4 * places.length) },
  });
  const expected = places.flatMap(([k0, k1, ...counter]) => [...philox([k0, k1], counter as unknown as Words4)]);
  expect([...words]).toEqual(expected);
});

const vocabulary = 37;
const room = 6; // tokens that a sequence has place for
const most = 4; // tokens that one may have this time
const end = 5;
const otherEnd = 30;
const place = { seed: 11, stream: 'sampling', step: 3, phase: 2 } as const;
const garbage = 0xdeadbeef;

/** Sequences of which every fifth has ended; the rows of the others stand close together, as `compact` leaves them. */
const sequences = Array.from({ length: 90 }, (_, s) => ({ rollout: 40 + 3 * s, made: s % most, alive: s % 5 !== 2 }));
const live = sequences.flatMap(({ alive }, s) => (alive ? [s] : []));
const rows = live.length;
const inputs = live.map((s) => ({ id: s % 7, position: 10 + s, base: 64 * s, link: s }));
const probes = [
  { after: 3, token: 12 },
  { after: 6, token: vocabulary - 1 },
];

/** [rows, vocabulary]; what stands behind the vocabulary or pads the rows would win if it were read. */
const logits = normal(100, rows * vocabulary, 2);
logits.set([90, 90], 7); // equal ones in row 0
logits[vocabulary + vocabulary - 1] = 90; // the last of row 1
logits[2 * vocabulary] = 90; // the first of row 2
logits[3 * vocabulary + end] = 90; // the end in row 3
const logitsOf = (r: number) => Float64Array.from(logits.subarray(r * vocabulary, (r + 1) * vocabulary));

describe.each([0, 0.7, 1, 1.5])('sample at temperature %d', (temperature) => {
  test.each([
    ['', []],
    // The likeliest of rows 0 to 2 among them, the first and the last id too.
    [' among those that may be drawn', [0, 7, 8, 20, 36]],
  ])('draws every live sequence’s next token%s', async (_, suppressTokens) => {
    const uniform = new Uint32Array(8 + 4 * 4);
    uniform.set([...streamKey(place.seed, place.stream), place.step, place.phase]);
    new Float32Array(uniform.buffer)[4] = temperature;
    uniform.set([suppressTokens.length, most, probes.length], 5);
    probes.forEach(({ after, token }, i) => uniform.set([after, token], 8 + 4 * i));
    const tokens = new Uint32Array([...inputs, ...inputs.slice(-SPARE)].flatMap((token) => Object.values(token)));
    const records = new Uint32Array(sequences.flatMap(({ rollout, made, alive }) => [rollout, made, alive ? 1 : 0, 7]));
    const constants = { VOCABULARY: vocabulary, MOST: room };
    const result = await runKernel(
      engine.gpu,
      kernel('sample', philoxSource + samplingSource + sampleSource, constants),
      {
        dims: { tokens: rows, rows, sequences: sequences.length, chunks: 0 },
        work: { extent: 'rows', units: 1 },
        bindings: {
          sampling: { uniform },
          logits: byFeature(logits, vocabulary, 1000),
          tokens,
          sequences: records,
          drawn: new Uint32Array(sequences.length * room * 2).fill(garbage),
          probed: new Float32Array(sequences.length * 4).fill(NaN),
          ids: tokenMarks({ endTokens: [end, otherEnd], suppressTokens }, vocabulary),
        },
      },
    );

    const expected = { tokens: tokens.slice(), records: records.slice() };
    const drawn = new Map<number, { token: number; logprob: number }>();
    const probed = new Float64Array(sequences.length * 4).fill(NaN);
    inputs.forEach(({ id, position, base, link: s }, r) => {
      const { rollout, made } = sequences[s];
      const row = logitsOf(r);
      const u = draw(place.seed, place.stream, [place.step, rollout, place.phase, made]);
      const drawable = row.map((logit, id) => (suppressTokens.includes(id) ? -Infinity : logit));
      const { token, margin } = temperature === 0 ? greedy(drawable) : sample(drawable, temperature, u);
      // Nearer to a boundary than float32 is exact, either token would do; no draw of this test is. Row 0 is a tie.
      if (temperature > 0 || r > 0) expect(margin).toBeGreaterThan(1e-5);
      const probabilities = softmax(row);
      drawn.set(s * room + made, { token, logprob: Math.log(probabilities[token]) });
      probes.forEach((probe, i) => {
        if (probe.after === id) probed[4 * s + i] = probabilities[probe.token];
      });
      expected.tokens.set([token, position + 1, base, s], 4 * r);
      expected.records.set(
        [rollout, made + 1, token === end || token === otherEnd || made + 1 >= most ? 0 : 1, 7],
        4 * s,
      );
    });
    expect(result.tokens).toEqual(expected.tokens);
    expect(result.sequences).toEqual(expected.records);
    const asFloats = new Float32Array(result.drawn.buffer);
    for (let at = 0; at < sequences.length * room; at++) {
      const one = drawn.get(at);
      expect(result.drawn[2 * at], `token at ${at}`).toBe(one?.token ?? garbage);
      if (one) expect(asFloats[2 * at + 1], `its log-probability`).toBeCloseTo(one.logprob, 4);
      else expect(result.drawn[2 * at + 1]).toBe(garbage);
    }
    expect(probed.some((probability) => !Number.isNaN(probability))).toBe(true);
    probed.forEach((probability, at) => {
      if (Number.isNaN(probability)) expect(result.probed[at], `probe ${at}`).toBeNaN();
      else expect(result.probed[at], `probe ${at}`).toBeCloseTo(probability, 5);
    });
    if (suppressTokens.length > 0) {
      expect([...drawn.values()].some(({ token }) => suppressTokens.includes(token))).toBe(false);
    } else if (temperature === 0)
      expect([...drawn.values()].slice(0, 4).map(({ token }) => token)).toEqual([7, 36, 0, end]);
  });
});

describe('compact', () => {
  test.each([
    ['some', (s: number) => s % 3 !== 1 && s < 60],
    ['none', () => false],
    ['all', () => true],
  ])('keeps the order where %s go on', async (_, alive) => {
    const count = 77;
    // Rows and sequences are not numbered alike.
    const tokens = Array.from({ length: count }, (_, r) => [r % 30, 10 + r, 64 * r, count - 1 - r]);
    const behind = Array<number[]>(SPARE).fill([9, 9, 9, 0]);
    const records = Uint32Array.from({ length: 4 * count }, (_, i) => (i % 4 === 2 ? Number(alive(i >> 2)) : 9));
    const result = await runKernel(engine.gpu, kernel('compact', compact), {
      work: { invocations: 1 },
      bindings: {
        dims: new Uint32Array([count, count, 50, 3]),
        tokens: new Uint32Array([...tokens, ...behind].flat()),
        sequences: records,
      },
    });
    const kept = tokens.filter(([, , , s]) => alive(s));
    expect([...result.dims]).toEqual([kept.length, kept.length, 50, 3]);
    expect([...result.tokens.subarray(0, 4 * kept.length)]).toEqual(kept.flat());
    expect([...result.tokens.subarray(4 * count)]).toEqual(behind.flat());
    expect(result.sequences).toEqual(records);
  });
});
