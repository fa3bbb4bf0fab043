/** A step of LoRA adapters on a real chat model in Node, beside PEFT: each contender in a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAdapter } from '../../src/checkpoint/peft/adapter-files';
import { parameterLayout } from '../../src/model/layout';
import { loraLayout } from '../../src/model/lora';
import { initialLora } from '../../src/model/lora-state';
import { readChatModel, type ChatModel } from '../chat/model';
import { modelName } from '../chat/model-name';
import { compete, resultOf } from '../compete';
import type { Entry, TrainingContender } from '../contender';
import type { LoraResult } from '../document';
import { oursOnCpu } from '../names';
import { preparePython, type Python } from '../python/environment';
import { openLora, writeModel } from '../python/pytorch';
import type { Wanted } from '../wanted';
import { batch, lora, loraWorkload, type LoraWorkload } from '../workloads';
import { threads } from './backend';
import { pytorch } from './names';
import { WorkProcess } from './process';

type LoraEntry = Entry<TrainingContender, LoraWorkload, null>;

/** Relatively, of losses: both sum in f32, in another order. */
const TOLERANCE = 1e-4;

const ours = ({ path }: ChatModel): LoraEntry => ({
  name: oursOnCpu,
  sitsOut: () => null,
  open: async () => {
    const process = new WorkProcess();
    await process.call('openLora', path);
    return { name: oursOnCpu, train: (ids) => process.call('train', ids), dispose: () => process.end() };
  },
});

/** It reads the weights, and the adapters that we begin with, from folders. */
const theirs = (python: Python, folders: { model: string; adapter: string } | null): LoraEntry => ({
  name: pytorch,
  sitsOut: () => ('why' in python ? python.why : null),
  open: () => {
    if ('why' in python || folders === null) throw new Error('There is no Python.');
    return openLora(python.interpreter, pytorch, folders, threads);
  },
});

export async function measureNodeLora(wanted: Wanted, say: (text: string) => void): Promise<LoraResult> {
  const python: Python = wanted.python ? preparePython(say) : { why: 'not asked for with --python' };
  const model = await readChatModel();
  const workload: LoraWorkload = { ...loraWorkload, runs: wanted.runs ?? loraWorkload.runs };
  const { sequences, length } = workload;
  const tokens = sequences * length;
  const nobody = { contenders: [], satOut: [], failed: [] };
  const facts = { model: modelName, workload, tokens, tolerance: TOLERANCE, threads };
  if ('missing' in model) return { ...facts, parameters: 0, adapters: 0, ...nobody, missing: model.missing };
  const { config } = model;
  const known = { ...facts, parameters: parameterLayout(config).count, adapters: loraLayout(config, lora).count };
  const folders = 'why' in python ? null : { model: writeModel(model), adapter: writeStart(model) };
  try {
    say(`LoRA step, ${modelName}, ${sequences} × ${length} tokens`);
    const { results, satOut, failed } = await compete({
      entries: [ours(model), theirs(python, folders)],
      ...{ workload, start: null, tokens, pace: null, say },
      input: (step) => batch(config, sequences, length + 1, step),
      run: (contender: TrainingContender, ids) => contender.train(ids),
    });
    const { name: reference, outputs: expected } = resultOf(results, pytorch);
    const contenders = results.map(({ outputs: losses, ...rest }) => {
      const differences = losses.slice(0, expected.length).map((loss, i) => Math.abs(loss - expected[i]) / expected[i]);
      const largestRelativeDifference = Math.max(...differences);
      const agrees = largestRelativeDifference <= TOLERANCE;
      return { ...rest, losses, reference, largestRelativeDifference, agrees };
    });
    return { ...known, contenders, satOut, failed, missing: null };
  } finally {
    for (const folder of Object.values(folders ?? {})) rmSync(folder, { recursive: true });
  }
}

/** The adapters that everyone begins with, as PEFT reads them. */
function writeStart({ config }: ChatModel): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const { parameters } = initialLora(config, lora, 1, 0);
  for (const [name, content] of Object.entries(writeAdapter(config, { lora, parameters }, null))) {
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
