import { expect, test, type Page } from '@playwright/test';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { oracleState } from '../tests/oracle/agent';
import { relativeDifference } from '../tests/oracle/compare';
import { forward } from '../tests/oracle/decoder';
import { logitsAt } from '../tests/oracle/losses';
import { greedy } from '../tests/oracle/sampling';
import { FileServer } from './file-server';
import type { Decoded } from './onnx/decoding';
import { END, state } from './onnx/problem';
import type { InRuntime } from './onnx/runtime';

const dist = resolve(import.meta.dirname, '../.cache/e2e-onnx');
/** Where the two best logits lie nearer than this, either may be taken. */
const TIE = 1e-3;

let server: FileServer;
test.beforeAll(async () => {
  // As the site is built, with nothing on the page but ONNX Runtime and the engine to hold it against.
  await build({
    configFile: resolve(import.meta.dirname, '../vite.config.ts'),
    root: resolve(import.meta.dirname, 'onnx'),
    publicDir: false,
    logLevel: 'error',
    build: { outDir: dist, emptyOutDir: true },
  });
  server = await FileServer.start(dist, '/some/where/');
});
test.afterAll(() => server.close());

async function open(page: Page, at = server): Promise<void> {
  await page.goto(at.address);
  await page.waitForFunction(() => 'decoders' in window);
}

/** Counts continuations that part from the engine's at a tie; they part nowhere else. */
function ties(found: readonly number[][], expected: readonly number[][]): number {
  const model = oracleState(state);
  let count = 0;
  found.forEach((made, i) => {
    const ids = expected[i];
    const at = ids.findIndex((id, n) => id !== made[n]);
    if (at < 0) {
      expect(made, `prompt ${i}`).toEqual(ids);
      return;
    }
    const { margin } = greedy(logitsAt(forward(model, ids.slice(0, at)), at - 1));
    expect(margin, `prompt ${i}, token ${at}`).toBeLessThan(TIE);
    count++;
  });
  return count;
}

function expectAlike(found: Decoded, engine: Decoded, tolerance: number): void {
  found.logits.forEach((logits, i) => {
    expect(relativeDifference(logits, engine.logits[i]), `prompt ${i}`).toBeLessThan(tolerance);
  });
}

function expectSame(found: InRuntime, engine: Decoded): void {
  expectAlike(found, engine, 1e-4);
  for (const way of ['batched', 'alone', 'uncached'] as const) {
    expect(ties(found[way], engine.batched), way).toBeLessThan(4);
  }
}

test('an exported model in WebAssembly is the engine’s', async ({ page }) => {
  await open(page);
  const engine = await page.evaluate(() => window.decoders.engine(64));
  const found = await page.evaluate(() => window.decoders.fromPage({ precision: 'f32', provider: 'wasm', count: 64 }));
  expect(found.running).toEqual({ provider: 'wasm', reason: null });
  expect(found.batched).toHaveLength(64);
  expect(found.batched.some((ids) => ids.at(-1) === END)).toBe(true);
  expectSame(found, engine);
  const half = await page.evaluate(() => window.decoders.fromPage({ precision: 'f16', provider: 'wasm', count: 8 }));
  expectAlike(half, engine, 1e-2);
  expect(half.logits).not.toEqual(found.logits.slice(0, 8));
});

test('and on WebGPU, from a page and from a worker', async ({ page }) => {
  await open(page);
  const engine = await page.evaluate(() => window.decoders.engine(8));
  server.asked.length = 0;
  for (const [from, count] of [
    ['fromPage', 8],
    ['fromWorker', 2],
  ] as const) {
    const order = { precision: 'f32', provider: 'webgpu', count } as const;
    const found = await page.evaluate(([where, it]) => window.decoders[where](it), [from, order] as const);
    expect(found.running).toEqual({ provider: 'webgpu', reason: null });
    expectSame(found, engine);
  }
  expect(server.asked.some((path) => path.includes('jspi') && path.endsWith('.wasm'))).toBe(true);
});

test('where only a processor plays a GPU it takes WebAssembly, and says why', async ({ page }) => {
  await open(page);
  server.asked.length = 0;
  const found = await page.evaluate(() => window.decoders.fromWorker({ precision: 'f32', count: 1 }));
  expect(found.running.provider).toBe('wasm');
  expect(found.running.reason).toMatch(/slower than WebAssembly/);
  // The other builds are not so much as fetched. A server that does not know the kind of file is asked for it twice.
  expect(new Set(server.asked.filter((path) => path.endsWith('.wasm'))).size).toBe(1);
});

test('works in an isolated page, where it may have threads', async ({ page }) => {
  const isolated = await FileServer.start(dist, '/', { isolate: true });
  try {
    await open(page, isolated);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const found = await page.evaluate(() => window.decoders.fromPage({ precision: 'f32', provider: 'wasm', count: 8 }));
    expectSame(found, await page.evaluate(() => window.decoders.engine(8)));
  } finally {
    isolated.close();
  }
});

test('an error comes under its name', async ({ page }) => {
  await open(page);
  const { name, message } = await page.evaluate(() => window.decoders.refusal());
  expect(name).toBe('OnnxRuntimeError');
  expect(message).toMatch(/did not open this model/);
});

test('a page that may open a model fetches nothing of ONNX Runtime before', async ({ page }) => {
  server.asked.length = 0;
  await open(page);
  const sizes = server.asked.filter(Boolean).map((path) => statSync(join(dist, path)).size);
  expect(Math.max(...sizes)).toBeLessThan(200_000);
  for (const path of server.asked) expect(path).not.toMatch(/ort|wasm/);
  // The runtime's text is in chunks that nobody else's is in.
  const entry = readFileSync(join(dist, 'index.html'), 'utf8');
  const withRuntime = readdirSync(join(dist, 'assets')).filter(
    (file) =>
      file.endsWith('.js') && readFileSync(join(dist, 'assets', file), 'utf8').includes('executionProviders is'),
  );
  for (const file of withRuntime) expect(entry).not.toContain(file);
});
