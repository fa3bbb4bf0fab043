import { parameterLayout } from '../src/model/layout';
import { compete, resultOf } from './compete';
import type { Entry, GenerationContender } from './contender';
import type { GenerationResult } from './document';
import { batch, start, type GenerationWorkload } from './workloads';

/** Where two tokens are about as likely, rounding decides, and all that follows may differ. */
const TOLERANCE = 0.9;

interface Contest {
  entries: readonly Entry<GenerationContender, GenerationWorkload>[];
  /** By whose tokens the others are judged; by the first one's if it could not take part. */
  reference: string;
  say: (text: string) => void;
}

/** Every contender continues the same prompts with its KV cache, greedily; ids are compared. */
export async function measureGeneration(
  workload: GenerationWorkload,
  { entries, reference, say }: Contest,
): Promise<GenerationResult> {
  const { size, batch: sequences, promptTokens, newTokens } = workload;
  const from = start(size, promptTokens + newTokens);
  const tokens = sequences * newTokens;
  say(`Generation ${size}, ${sequences} × ${promptTokens} + ${newTokens} tokens`);
  const { results, satOut, failed } = await compete({
    entries,
    workload,
    start: from,
    tokens,
    input: (run) => batch(from.config, sequences, promptTokens, run),
    run: async (contender, prompts) => {
      const ids = await contender.generate(prompts, newTokens);
      const wrong = ids.find(({ length }) => length !== newTokens);
      if (wrong) throw new Error(`${contender.name} made ${wrong.length} tokens, not ${newTokens}. Mend its peer.`);
      return ids.flat();
    },
    pace: null,
    say,
  });
  const judge = resultOf(results, reference);
  const measure = judge.outputs.flat();
  return {
    workload,
    parameters: parameterLayout(from.config).count,
    tolerance: TOLERANCE,
    contenders: results.map(({ outputs: ids, ...rest }) => {
      // As far as both went.
      const own = ids.flat().slice(0, measure.length);
      const same = own.filter((id, i) => id === measure[i]).length / own.length;
      return { ...rest, reference: judge.name, sameTokens: same, agrees: same >= TOLERANCE };
    }),
    satOut,
    failed,
  };
}
