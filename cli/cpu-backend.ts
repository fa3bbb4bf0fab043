/** Models in ONNX Runtime for Node: on the processor, or on what another of its execution providers brings. */
import { totalmem } from 'node:os';
import ort from 'onnxruntime-node';
import { version } from '../package.json';
import { CpuBackend } from '../src/cpu/cpu-backend';
import type { SessionOptions } from '../src/cpu/sessions';
import type { CpuChoice } from './compute-options';

/** An execution provider that is not there, or of no use. The message says what to do. */
export class ProviderError extends Error {
  override name = 'ProviderError';
}

export const runtime = ort;

/** What computes, in words. */
export function cpuDescription({ threads, provider }: CpuChoice): string {
  const count = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const on = provider === 'cpu' ? '' : ` on ${provider}`;
  return `ONNX Runtime ${ort.env.versions.node}${on}, ${count}`;
}

/** @throws {ProviderError} for a provider that this build does not have. */
export function sessionOptions({ threads, provider }: CpuChoice): SessionOptions {
  // The runtime passes over providers that it does not know.
  const known = ort.listSupportedBackends().map(({ name }) => name);
  if (!known.includes(provider)) {
    throw new ProviderError(
      `ONNX Runtime ${ort.env.versions.node} has no execution provider "${provider}" here. Give --provider ${known.join(', ')}, or none.`,
    );
  }
  const executionProviders = provider === 'cpu' ? ['cpu'] : [provider, 'cpu'];
  return {
    ...{ intraOpNumThreads: threads, interOpNumThreads: 1, executionProviders, logSeverityLevel: 3 },
    // Every session has threads of its own: those that have nothing to do must not spin while another session works.
    extra: { session: { force_spinning_stop: '1' } },
  };
}

/** @throws {ProviderError} for a provider that does not open here, or computes something else. */
export async function openCpuBackend(choice: CpuChoice): Promise<CpuBackend> {
  const session = sessionOptions(choice);
  const description = cpuDescription(choice);
  const backend = new CpuBackend({ runtime, session, description, build: version, mostBytes: totalmem() });
  // What runs on every machine needs no proof on each.
  if (choice.provider !== 'cpu') await checkProvider(backend, choice);
  return backend;
}

async function checkProvider(backend: CpuBackend, { provider }: CpuChoice): Promise<void> {
  let check;
  try {
    check = await backend.selfCheck();
  } catch (error) {
    throw new ProviderError(
      `The execution provider "${provider}" does not open here: ${(error as Error).message.replace(/\.?$/, '.')} Install what it needs ` +
        '(https://onnxruntime.ai/docs/execution-providers), or leave --provider out.',
    );
  }
  if (check.passed) return;
  throw new ProviderError(
    `The execution provider "${provider}" computes wrongly here: the self-check is off by ${check.worst.toPrecision(2)} of the largest number. Leave --provider out.`,
  );
}
