/** The page that is measured in: the command line drives it through `window.bench`. */
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
import { measurePeak } from './matmul/peak';
import { measureRl } from './rl';
import { measureScaling } from './scaling';
import { measureTraining } from './training';
import type { GenerationWorkload, TrainingWorkload } from './workloads';

const bench = {
  adapter,
  training: ({ workload, products }: Training): Promise<TrainingResult> => measureTraining(workload, products, say),
  generation: (workload: GenerationWorkload): Promise<GenerationResult> => measureGeneration(workload, say),
  rl: (runs: number): Promise<RlResult> => measureRl(runs, say),
  scaling: (runs: number): Promise<ScalingResult> => measureScaling(runs, say),
  matmul: ({ workload, runs, before }: Products): Promise<MatmulResult> => measurePeak(workload, runs, before, say),
};

interface Training {
  workload: TrainingWorkload;
  products: MatmulResult | null;
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
