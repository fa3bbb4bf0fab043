import { availableParallelism } from 'node:os';
import { openCpuBackend, runtime as node, sessionOptions } from '../../cli/cpu-backend';
import { oursOnCpu } from '../names';
import type { Ours } from '../peers/ours';

export const threads = availableParallelism();
export const runtime = node;
const choice = { threads, provider: 'cpu' };
export const session = sessionOptions(choice);

/** As the command line opens it. */
export const ours: Ours = { name: oursOnCpu, open: () => openCpuBackend(choice) };
