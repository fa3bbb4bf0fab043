import { openCpuBackend } from '../../workers/cpu-backend';
import { oursOnCpu } from '../names';
import type { Ours } from './ours';

/** As in the page's worker: ONNX Runtime on WebAssembly, with as many threads. */
export const ours: Ours = { name: oursOnCpu, open: openCpuBackend };
