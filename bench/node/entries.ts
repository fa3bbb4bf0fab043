/** Who takes part in Node: each in a process of its own. */
import type { Entry, GenerationContender, TrainingContender } from '../contender';
import { oursOnCpu } from '../names';
import type { Python } from '../python/environment';
import { openTraining } from '../python/pytorch';
import type { GenerationWorkload, TrainingWorkload } from '../workloads';
import { threads } from './backend';
import { plainOnnx, pytorch } from './names';
import { WorkProcess } from './process';

const always = () => null;

export const trainers = (python: Python): readonly Entry<TrainingContender, TrainingWorkload>[] => [
  {
    name: oursOnCpu,
    sitsOut: always,
    open: async (_, workload) => {
      const process = new WorkProcess();
      await process.call('openTraining', workload);
      return {
        name: oursOnCpu,
        train: (batch) => process.call('train', batch),
        dispose: () => process.end(),
      };
    },
  },
  {
    name: pytorch,
    sitsOut: () => ('why' in python ? python.why : null),
    open: (start) => {
      if ('why' in python) throw new Error(python.why);
      return openTraining(python.interpreter, pytorch, start, threads);
    },
  },
];

function generator(name: string, plainly: boolean): Entry<GenerationContender, GenerationWorkload> {
  return {
    name,
    sitsOut: always,
    open: async (_, workload) => {
      const process = new WorkProcess();
      await process.call('openGeneration', { ...workload, plainly });
      return {
        name,
        generate: (prompts, newTokens) => process.call('generate', { prompts, newTokens }),
        dispose: () => process.end(),
      };
    },
  };
}

export const generators = [generator(oursOnCpu, false), generator(plainOnnx, true)];
