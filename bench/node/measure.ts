/** What the bench measures in Node, in turns like those of the page. */
import { resultOf } from '../compete';
import type { BenchDocument, NodeResult, TrainingResult } from '../document';
import { measureGeneration } from '../generation';
import { preparePython, type Python } from '../python/environment';
import { measureTraining, type Losses } from '../training';
import { generationWorkloads, PREFILL_RUNS, RL_RUNS, rlPresets, trainingWorkloads } from '../workloads';
import type { Wanted } from '../wanted';
import { runtime, threads } from './backend';
import { measureNodeChat } from './chat';
import { generators, trainers } from './entries';
import { measureNodeLora } from './lora';
import { plainOnnx, pytorch } from './names';
import { WorkProcess } from './process';

/** Relatively, of losses: both sum in f32, in another order. */
const TOLERANCE = 1e-4;
/** The batch at which a library's own speed shows. */
const BATCH = 64;

/** `page` is what was measured there: where there is no PyTorch, its losses are the measure. */
export async function measureNode(
  wanted: Wanted,
  page: Pick<BenchDocument, 'training'>,
  say: (text: string) => void,
): Promise<NodeResult> {
  const result: NodeResult = {
    ...{ node: process.version, runtime: `ONNX Runtime ${runtime.env.versions.node ?? ''}`, threads },
    ...{ training: [], generation: [], rl: [], prefill: [] },
  };
  if (wanted.has('node-training')) {
    const python: Python = wanted.python ? preparePython(say) : { why: 'not asked for with --python' };
    for (const workload of wanted.of(trainingWorkloads)) {
      const entries = trainers(python);
      const measure = (results: readonly Losses[]) => judge(results, page.training, workload);
      result.training.push(
        await measureTraining(workload, { entries, measure, tolerance: TOLERANCE, pace: null, say }),
      );
    }
  }
  if (wanted.has('node-generation')) {
    for (const workload of wanted.of(generationWorkloads).filter(({ batch }) => batch === BATCH)) {
      result.generation.push(await measureGeneration(workload, { entries: generators, reference: plainOnnx, say }));
    }
  }
  if (wanted.has('node-rl')) {
    for (const preset of rlPresets) {
      result.rl.push(await inProcess((process) => process.call('rl', { preset, runs: wanted.runs ?? RL_RUNS })));
    }
  }
  if (wanted.has('node-prefill')) {
    result.prefill.push(await inProcess((process) => process.call('prefill', wanted.runs ?? PREFILL_RUNS)));
  }
  if (wanted.has('node-chat')) result.chat = await measureNodeChat(wanted, say);
  if (wanted.has('node-lora')) result.lora = await measureNodeLora(wanted, say);
  return result;
}

/** PyTorch's losses; else those by which the page's contenders were judged; else the first ones. */
function judge(
  results: readonly Losses[],
  page: readonly TrainingResult[],
  { size, sequences, length }: TrainingResult['workload'],
): Losses {
  const same = page.find(
    ({ workload }) => workload.size === size && workload.sequences === sequences && workload.length === length,
  );
  const reference = same?.contenders.find(({ name, reference }) => name === reference);
  if (results.some(({ name }) => name === pytorch) || !reference) return resultOf(results, pytorch);
  return { name: `${reference.name} in the page`, outputs: reference.losses };
}

async function inProcess<T>(work: (process: WorkProcess) => Promise<T>): Promise<T> {
  const process = new WorkProcess();
  try {
    return await work(process);
  } finally {
    process.end();
  }
}
