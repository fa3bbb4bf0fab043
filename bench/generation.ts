import { parameterLayout } from '../src/lm/layout';
import { compete, WARM_UPS } from './compete';
import type { GenerationResult } from './document';
import { generators, reference } from './registry';
import { batch, start, type GenerationWorkload } from './workloads';

/** Where two tokens are about as likely, rounding decides, and all that follows may differ. */
const TOLERANCE = 0.9;

/** Every contender continues the same prompts with its KV cache, greedily, one batch a turn; ids are compared. */
export async function measureGeneration(
  workload: GenerationWorkload,
  say: (text: string) => void,
): Promise<GenerationResult> {
  const { size, batch: sequences, promptTokens, newTokens } = workload;
  const from = start(size, promptTokens + newTokens);
  const tokens = sequences * newTokens;
  say(`Generation ${size}, ${sequences} × ${promptTokens} + ${newTokens} tokens`);
  const results = await compete({
    entries: generators.filter((entry) => entry.sitsOut(workload) === null),
    workload,
    start: from,
    tokens,
    run: async (contender, run) => {
      const ids = await contender.generate(batch(from.config, sequences, promptTokens, run), newTokens);
      const wrong = ids.find(({ length }) => length !== newTokens);
      if (wrong) throw new Error(`${contender.name} made ${wrong.length} tokens, not ${newTokens}. Mend its peer.`);
      return ids.flat();
    },
    say,
  });
  const measure = results.find(({ name }) => name === reference)!.outputs.flat();
  return {
    workload,
    parameters: parameterLayout(from.config).count,
    warmUps: WARM_UPS,
    tolerance: TOLERANCE,
    contenders: results.map(({ outputs, ...rest }) => {
      const same = outputs.flat().filter((id, i) => id === measure[i]).length / measure.length;
      return { ...rest, reference, sameTokens: same, agrees: same >= TOLERANCE };
    }),
    satOut: generators.flatMap((entry) => {
      const why = entry.sitsOut(workload);
      return why === null ? [] : [{ name: entry.name, why }];
    }),
  };
}
