import type { BenchBrowser } from './browser';
import { measurePageChat } from './chat/in-pages';
import type { BenchDocument, MatmulResult } from './document';
import type { Wanted } from './wanted';
import { generationWorkloads, MATMUL_RUNS, RL_RUNS, rlPresets, SCALING_RUNS, trainingWorkloads } from './workloads';

type Measured = Pick<BenchDocument, 'training' | 'generation' | 'rl' | 'scaling' | 'matmul' | 'chat'>;

/** What the bench measures in pages of a browser, each workload in one of its own. */
export async function measureInPage(
  browser: BenchBrowser,
  wanted: Wanted,
  say: (text: string) => void,
): Promise<Measured> {
  const measured: Measured = { training: [], generation: [], rl: [], scaling: [], matmul: [] };
  for (const workload of wanted.of(trainingWorkloads)) {
    // Sequences of another length have the same products if they are as many tokens.
    const same = ({ size, tokens }: MatmulResult) =>
      size === workload.size && tokens === workload.sequences * workload.length;
    if (wanted.has('matmul') && !measured.matmul.some(same)) {
      const before = measured.matmul.flatMap(({ shapes }) => shapes);
      const given = { workload, runs: wanted.runs ?? MATMUL_RUNS, before };
      measured.matmul.push(await browser.visit((page) => page.evaluate((it) => window.bench.matmul(it), given)));
    }
    if (wanted.has('training')) {
      const given = { workload, products: measured.matmul.find(same) ?? null };
      measured.training.push(await browser.visit((page) => page.evaluate((it) => window.bench.training(it), given)));
    }
  }
  if (wanted.has('generation')) {
    for (const workload of wanted.of(generationWorkloads)) {
      measured.generation.push(
        await browser.visit((page) => page.evaluate((given) => window.bench.generation(given), workload)),
      );
    }
  }
  if (wanted.has('rl')) {
    for (const preset of rlPresets) {
      for (const backend of ['webgpu', 'cpu'] as const) {
        const given = { preset, backend, runs: wanted.runs ?? RL_RUNS };
        measured.rl.push(await browser.visit((page) => page.evaluate((it) => window.bench.rl(it), given)));
      }
    }
  }
  if (wanted.has('scaling')) {
    const runs = wanted.runs ?? SCALING_RUNS;
    measured.scaling.push(await browser.visit((page) => page.evaluate((given) => window.bench.scaling(given), runs)));
  }
  if (wanted.has('chat')) measured.chat = await measurePageChat(browser, wanted.runs, say);
  return measured;
}
