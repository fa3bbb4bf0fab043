import { openNodeBackend } from './backend';
import { computeChoice, computeOptions } from './compute-options';
import { type Arguments, type CommandDescription } from './arguments';
import { emit } from './output';

export const infoCommand = {
  name: 'info',
  summary:
    'The backend and why it is this one, the adapter with its features and limits, and whether it computes rightly.',
  operands: [],
  options: { json: { description: 'JSON on stdout, which is what it writes anyway' }, ...computeOptions },
} as const satisfies CommandDescription;

export async function info(args: Arguments): Promise<void> {
  const { backend, webGpu, reason, why } = await openNodeBackend(computeChoice(args));
  try {
    const { features, ...adapter } = backend.adapter;
    emit({
      backend: backend.name,
      ...(why === '' ? {} : { why }),
      ...(reason.kind === 'timed' ? { milliseconds: { webgpu: reason.webgpu, cpu: reason.cpu } } : {}),
      adapter: { ...(webGpu ? { name: webGpu.adapterName } : {}), ...adapter },
      features,
      ...(webGpu ? { limits: webGpu.limits } : {}),
      self_check: await backend.selfCheck(),
      build: backend.provenance.build,
    });
  } finally {
    backend.close();
  }
}
