/** The page that is measured in: the command line drives it through `window.bench`. */
import { presets, type PresetName } from '../src/lab/config/presets';
import { archiveName } from '../src/lab/models/shipped';
import { pageChat } from './chat/page';
import { resultOf } from './compete';
import type {
  Adapter,
  GenerationResult,
  MatmulResult,
  MatmulShape,
  RlResult,
  ScalingResult,
  TrainingResult,
} from './document';
import { measureGeneration } from './generation';
import { install } from './instrument';
import { openProducts } from './matmul/alone';
import { measurePeak } from './matmul/peak';
import { generators, reference, trainers } from './registry';
import { measureRl } from './rl';
import { measureScaling } from './scaling';
import { measureTraining, type Losses } from './training';
import type { GenerationWorkload, TrainingWorkload } from './workloads';

const bench = {
  adapter,
  training,
  generation: (workload: GenerationWorkload): Promise<GenerationResult> =>
    measureGeneration(workload, { entries: generators, reference, say }),
  rl,
  scaling: (runs: number): Promise<ScalingResult> => measureScaling(runs, say),
  chat: pageChat,
  matmul: ({ workload, runs, before }: Products): Promise<MatmulResult> => measurePeak(workload, runs, before, say),
};

interface Training {
  workload: TrainingWorkload;
  products: MatmulResult | null;
}

interface RlSteps {
  preset: PresetName;
  backend: 'webgpu' | 'cpu';
  runs: number;
}

interface Products {
  workload: TrainingWorkload;
  runs: number;
  before: MatmulShape[];
}

declare global {
  interface Window {
    bench: typeof bench;
  }
}

/** Progress goes through the console to the command line. */
function say(text: string): void {
  console.info(text);
}

/** The step's products alone take turns with the contenders where their best kernels are known. */
async function training({ workload, products }: Training): Promise<TrainingResult> {
  const pace = products && (await openProducts(products));
  const measure = (results: readonly Losses[]) => resultOf(results, reference);
  return await measureTraining(workload, { entries: trainers, measure, tolerance: 1e-3, pace, say });
}

async function rl({ preset, backend, runs }: RlSteps): Promise<RlResult> {
  const config = presets[preset];
  const response = await fetch(`/agents/${archiveName(config)}.waltz`);
  if (!response.ok) throw new Error(`The base agents did not load: the server answered ${response.status}.`);
  const archive = new Uint8Array(await response.arrayBuffer());
  const { ours } = backend === 'cpu' ? await import('./peers/ours-cpu') : await import('./peers/ours-webgpu');
  return await measureRl({ ours, config, archive, runs, say });
}

/** What the browser gives; null without WebGPU. */
async function adapter(): Promise<Adapter | null> {
  const found = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!found) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = found.info;
  const words = [vendor, architecture, device, description].join(' ');
  const software = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(words);
  return { vendor, architecture, device, description, software, features: [...found.features].sort() };
}

install();
window.bench = bench;
