import { selfCheck } from '../src/lm/self-check';
import { gpuOptions, type Arguments, type CommandDescription } from './arguments';
import { emit } from './output';
import { Engine } from './session';

export const infoCommand = {
  name: 'info',
  summary: 'The adapter, its features and limits, and whether it computes rightly.',
  operands: [],
  options: { json: { description: 'JSON on stdout, which is what it writes anyway' }, ...gpuOptions },
} as const satisfies CommandDescription;

export async function info(args: Arguments): Promise<void> {
  const engine = await Engine.open(args);
  try {
    const { features, ...adapter } = engine.gpu.adapter;
    emit({
      adapter: { name: engine.adapterName, ...adapter },
      features,
      limits: engine.limits,
      self_check: await selfCheck(engine.gpu),
      build: engine.provenance.build,
    });
  } finally {
    engine.close();
  }
}
