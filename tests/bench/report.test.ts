import { expect, test } from 'vitest';
import { efficiencies } from '../../bench/efficiency';
import { faults } from '../../bench/faults';
import { stepFlops } from '../../bench/flops';
import { markdown } from '../../bench/report';
import { summarize } from '../../bench/samples';
import { sizedConfig, sizes } from '../../src/model/sizes';
import { exampleDocument, exampleNode, onCpu } from './document';

test('tables name everyone, with medians, spreads and the comparison', () => {
  const text = markdown(exampleDocument());
  expect(text).toContain('| ours (WebGPU) | 2,048 |  |  | 0.500 (0.250–1.00) | 1.50 s | 2e-6 | 3.0 MiB |');
  expect(text).toContain('| theirs | 1,024 | 2.00× as fast | 4.00× as fast | 1.00 (1.00–4.00) | 1.50 s | reference |');
  expect(text).toContain('another sat out: too slow.');
  expect(text).toContain('| answers | 1.00 (1.00–1.00) | 25.0% | 400 | 400 |');
  expect(text).toContain('| qkv | [1024 × 64] · [64 × 192] | 2.00 (1.00–3.00) | 8×8 |');
  expect(text).toContain('`npm run bench -- --json`, took 12.5 minutes');
  expect(text).not.toContain('## Faults');
});

test('a peer without a GPU is held against ours on the processor, one with a GPU against ours on WebGPU', () => {
  const document = exampleDocument();
  const [result] = document.training;
  result.contenders.splice(1, 0, onCpu('ours (CPU)', [0.1, 0.2, 0.2]), onCpu('WebAssembly', [0.1, 0.3, 0.4]));
  const text = markdown(document);
  expect(text).toContain('| ours (CPU) | 5,120 |  |  | 0.200');
  expect(text).toContain('| WebAssembly | 3,413 | 1.50× as fast | 1.00× as fast |');
  expect(text).toContain('| theirs | 1,024 | 2.00× as fast |');
});

test('a run of before there were two backends is told as it was', () => {
  const document = exampleDocument();
  delete document.rl[0].backend;
  document.training[0].contenders[0].name = 'ours';
  const text = markdown(document);
  expect(text).toContain('## RL step, standard preset, 64 games\n');
  expect(text).toContain('| ours | 88 | 2 |');
  expect(text).not.toContain('Node');
});

test('what was measured in Node stands under a head of its own, without the GPU', () => {
  const text = markdown({ ...exampleDocument(), node: exampleNode() });
  expect(text).toContain('ONNX Runtime 1 in Node v24, 2 threads');
  const [, node] = text.split('## In Node, on the processor');
  expect(node).toContain('## Training step in Node, 0.1M');
  expect(node).toContain(
    '| theirs | 3,413 | 3.00× as fast | 2.00× as fast | 0.300 (0.200–0.400) | 1.50 s | reference |',
  );
  expect(node).toContain('PyTorch sat out: not asked for with --python.');
  expect(node).toContain('## RL step in Node, standard preset, 64 games, ours (CPU)');
  expect(node).toContain('| prompt | 50.00 | 0.500 (0.500–0.500) | 100.0 | 50.0% |');
});

test('who computes something else in Node is a fault', () => {
  const node = exampleNode();
  node.training[0].contenders[0].agrees = false;
  expect(faults({ ...exampleDocument(), node })).toEqual([
    expect.stringContaining('Training in Node 0.1M: losses of ours (CPU)'),
  ]);
});

test('who was measured less often is named', () => {
  const document = exampleDocument();
  expect(markdown(document)).not.toContain('Medians of');
  document.training[0].contenders[1].seconds = summarize([1, 4]);
  expect(markdown(document)).toContain('Medians of 3 runs, 2 of theirs.');
});

test('growth is told against the first point, and estimates come from counts', () => {
  const text = markdown(exampleDocument());
  expect(text).toContain('| 16 × 64 | 0.200 (0.200–0.200) | 2 | 2.00 | 195 |');
  // 88 dispatches of 30 µs take longer than 0.77 GFLOP at a quarter of 20 TFLOP/s.
  expect(text).toContain('| 0.1M, ours (WebGPU) | discrete, 20 TFLOP/s | 88 | 2.6 ms | 0.59 ms | 390,000 |');
});

test('counts of a generation are per generated token', () => {
  expect(markdown(exampleDocument())).toContain(
    '| ours (WebGPU) | 0.172 | 0.00391 | 0.00195 | 0 | 0 | 4 B | 0.0234 B |',
  );
});

test('charts show the cost of a token against length and size', () => {
  const document = exampleDocument();
  const charts = (text: string) => text.split('```mermaid').slice(1);
  const [length, ...none] = charts(markdown(document));
  expect(none).toEqual([]);
  expect(length).toContain('x-axis "tokens a sequence" ["64"]');
  expect(length).toContain('bar [195]');
  const [small] = document.training;
  const size = charts(markdown({ ...document, training: [small, { ...small, tokens: small.tokens / 2 }] }))[0];
  expect(size).toContain('title "Cost of a token against size, ours (WebGPU)"');
  expect(size).toContain('bar [488, 977]');
  const both = { ...small, contenders: [...small.contenders, onCpu('ours (CPU)', [0.1])] };
  const [, onProcessor] = charts(markdown({ ...document, training: [both, both] }));
  expect(onProcessor).toContain('title "Cost of a token against size, ours (CPU)"');
  expect(onProcessor).toContain('bar [98, 98]');
});

test('every row of a table has as many cells as its head', () => {
  const tables = markdown({ ...exampleDocument(), node: exampleNode() })
    .trim()
    .split('\n\n')
    .filter((block) => block.startsWith('|'));
  expect(tables.length).toBeGreaterThan(5);
  for (const block of tables) {
    const cells = new Set(block.split('\n').map((line) => line.split('|').length));
    expect(cells.size).toBe(1);
  }
});

test('a step is held against its products alone, and attention at their rate', () => {
  const { training } = exampleDocument();
  const [ours] = efficiencies(training[0]);
  const { products, attention } = stepFlops(sizedConfig(sizes['0.1M'], 256, 64), 16, 64);
  const more = (products + attention) / products;
  expect(ours.idealSeconds).toBeCloseTo(0.3 * more, 12);
  expect(ours.share).toBeCloseTo((0.3 * more) / 0.5, 12);
  expect(ours.bestShare).toBeCloseTo((0.15 * more) / 0.25, 12);
  expect(markdown(exampleDocument())).toContain(`| ours (WebGPU) | 0.77 | 1.54 | ${(0.3 * more).toPrecision(3)} |`);
  expect(efficiencies({ ...training[0], productSeconds: null })).toEqual([]);
});

test('who has no GPU is not held against its rate', () => {
  const { training } = exampleDocument();
  const [, theirs] = training[0].contenders;
  theirs.counts = { ...theirs.counts, dispatches: 0 };
  expect(efficiencies(training[0]).map(({ name }) => name)).toEqual(['ours (WebGPU)']);
});

test('disagreement, failure and wrong products are faults', () => {
  const document = exampleDocument();
  expect(faults(document)).toEqual([]);
  document.training[0].contenders[0].agrees = false;
  document.training[0].failed.push({ name: 'broken', why: 'no device' });
  document.generation[0].contenders[0].agrees = false;
  document.matmul[0].shapes[0].rates = [{ ...document.matmul[0].shapes[0].best, error: NaN }];
  const found = faults(document);
  expect(found).toHaveLength(4);
  expect(found[0]).toBe('broken failed: no device');
  expect(markdown({ ...document, faults: found })).toContain('## Faults');
});
