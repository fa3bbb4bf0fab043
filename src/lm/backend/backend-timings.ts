import type { Backend } from '../../model/backend';
import type { Trial } from '../../model/variants';
import { tuningKeyPrefix, type TuningMemory } from './tuning-memory';

/** Remembers how fast two backends are beside each other, once for a build, and forgets it with the adapter's tuning. */
export function backendTimings(memory: TuningMemory, build: string) {
  const keyOf = (webgpu: Backend, cpu: Backend) =>
    `${tuningKeyPrefix(webgpu.adapter.description)}${JSON.stringify(['backend', build, cpu.adapter.description])}`;
  return {
    recall: async (webgpu: Backend, cpu: Backend): Promise<readonly Trial[] | null> =>
      (await memory.read(keyOf(webgpu, cpu)))?.trials ?? null,
    remember: async (webgpu: Backend, cpu: Backend, trials: readonly Trial[]): Promise<void> => {
      await memory.write(keyOf(webgpu, cpu), { variants: {}, trials: [...trials] });
    },
  };
}
