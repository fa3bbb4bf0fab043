import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Case } from './case';
import { archiveCases, configCases, onnxCases } from './file-cases';
import { templateCases } from './template-cases';
import { tokenizerCases } from './tokenizer-cases';
import { WatchedReader } from './watched';

/** Another one gives other files: `HOSTILE_SEED=7 npx vitest run tests/hostile`. */
const seed = Number(process.env.HOSTILE_SEED ?? 19);
const sample = (arbitrary: fc.Arbitrary<Case>, numRuns: number) => fc.sample(arbitrary, { seed, numRuns });

const folder = mkdtempSync(join(tmpdir(), 'waltz-hostile-'));
let reader: WatchedReader;

beforeAll(async () => {
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: new URL('reader.ts', import.meta.url).pathname,
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: 'reader.mjs' } },
    },
  });
  reader = new WatchedReader(join(folder, 'reader.mjs'));
}, 120_000);

afterAll(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

describe('generated hostile files end in a named error or are harmless', () => {
  it.each<[name: string, make: () => Case[] | Promise<Case[]>]>([
    ['600 tokenizers', () => sample(tokenizerCases, 600)],
    ['600 templates', () => sample(templateCases, 600)],
    ['300 configs', () => sample(configCases, 300)],
    ['250 archives', () => archiveCases(seed, 250)],
    ['250 ONNX files', () => sample(onnxCases, 250)],
  ])(
    '%s',
    async (name, make) => {
      const cases = await make();
      let accepted = 0;
      let slowest = 0;
      const faults: string[] = [];
      for (const one of cases) {
        const { outcome, milliseconds } = await reader.read(one);
        slowest = Math.max(slowest, milliseconds);
        const shown = one.kind === 'tokenizer' ? one.tokenizer : one.kind === 'template' ? one.template : one.kind;
        if ('hung' in outcome) faults.push(`${outcome.why}: ${shown.slice(0, 3000)}`);
        else if (outcome.accepted) accepted++;
        else if (!/^.{3,900}$/su.test(outcome.message) || outcome.message.startsWith('not ours')) {
          faults.push(`${outcome.error}: ${outcome.message.slice(0, 500)}: ${shown.slice(0, 600)}`);
        }
      }
      process.stdout.write(
        `${name}: ${cases.length - accepted} refused, ${accepted} accepted and used; the slowest took ${Math.round(slowest)} ms\n`,
      );
      expect(faults).toEqual([]);
    },
    600_000,
  );
});
