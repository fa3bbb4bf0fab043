import { openNodeBackend } from './backend';
import { gpuOptions, type Arguments, type CommandDescription } from './arguments';
import { emit } from './output';

export const infoCommand = {
  name: 'info',
  summary: 'The adapter, its features and limits, and whether it computes rightly.',
  operands: [],
  options: { json: { description: 'JSON on stdout, which is what it writes anyway' }, ...gpuOptions },
} as const satisfies CommandDescription;

export async function info(args: Arguments): Promise<void> {
  const { backend, adapterName, limits } = await openNodeBackend(args);
  try {
    const { features, ...adapter } = backend.adapter;
    emit({
      backend: backend.name,
      adapter: { name: adapterName, ...adapter },
      features,
      limits,
      self_check: await backend.selfCheck(),
      build: backend.provenance.build,
    });
  } finally {
    backend.close();
  }
}
