import ort from 'onnxruntime-node';
import { CpuBackend } from '../../src/cpu/cpu-backend';
import { describeBackend } from '../model/backend-contract';

describeBackend('the processor', () =>
  Promise.resolve(
    new CpuBackend({
      ...{
        runtime: ort,
        session: { intraOpNumThreads: 2 },
        description: 'processor',
        build: 'test',
        mostBytes: 2 ** 30,
      },
    }),
  ),
);
