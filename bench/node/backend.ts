import { availableParallelism, totalmem } from 'node:os';
import ort from 'onnxruntime-node';
import { version } from '../../package.json';
import { CpuBackend } from '../../src/cpu/cpu-backend';
import type { SessionOptions } from '../../src/cpu/sessions';
import { oursOnCpu } from '../names';
import type { Ours } from '../peers/ours';

export const threads = availableParallelism();
export const runtime = ort;
export const session: SessionOptions = { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 };

/** On ONNX Runtime for Node. */
export const ours: Ours = {
  name: oursOnCpu,
  open: () =>
    Promise.resolve(
      new CpuBackend({
        ...{ runtime, session, build: version, mostBytes: totalmem() },
        description: `ONNX Runtime ${ort.env.versions.node ?? ''}, ${threads} threads`,
      }),
    ),
};
