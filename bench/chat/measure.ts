import { parameterLayout } from '../../src/model/layout';
import { compete, resultOf } from '../compete';
import type { ChatContest, ChatResult } from '../document';
import { oursOnCpu } from '../names';
import { timed } from '../samples';
import { chatWorkloads, type ChatWorkload } from '../workloads';
import { partingsOf } from './agreement';
import type { ChatContender, ChatEntry } from './contender';
import type { ChatModel } from './model';
import { modelName } from './model-name';
import { promptsOf } from './prompts';

interface Contest {
  model: ChatModel | { missing: string };
  entries: readonly ChatEntry[];
  threads: number;
  /** Of each workload, instead of its own number. */
  runs: number | undefined;
  /** Seconds of a turn at least, as in a competition. */
  turn?: number | undefined;
  say: (text: string) => void;
}

/** Every contender opens the model once, in the first workload, and keeps it for the others. */
export async function measureChat({ model, entries, threads, runs, turn, say }: Contest): Promise<ChatResult> {
  const result: ChatResult = { model: modelName, parameters: 0, threads, contests: [], memory: [], missing: null };
  if ('missing' in model) return { ...result, missing: model.missing };
  result.parameters = parameterLayout(model.config).count;
  const opened = new Map<string, ChatContender>();
  const staying = entries.map((entry) => stayingOpen(entry, opened));
  try {
    for (const workload of chatWorkloads) {
      const asked = { ...workload, runs: runs ?? workload.runs };
      result.contests.push(await measureWorkload(asked, { model, entries, staying, opened, turn, say }));
    }
    for (const [name, contender] of opened) result.memory.push({ name, bytes: await contender.bytes() });
  } finally {
    for (const contender of opened.values()) contender.dispose();
  }
  return result;
}

/** As an entry of a competition that opens it once, and does not close it. Who did not open once is not asked again. */
function stayingOpen({ name, sitsOut, open }: ChatEntry, opened: Map<string, ChatContender>) {
  let broken: string | null = null;
  return {
    name,
    sitsOut: (workload: ChatWorkload) => broken ?? sitsOut(workload),
    open: async () => {
      broken = 'it did not open';
      const contender = opened.get(name) ?? (await open());
      opened.set(name, contender);
      broken = null;
      return { generate: contender.generate.bind(contender), dispose: () => undefined };
    },
  };
}

interface Given extends Pick<Contest, 'entries' | 'turn' | 'say'> {
  model: ChatModel;
  staying: ReturnType<typeof stayingOpen>[];
  opened: ReadonlyMap<string, ChatContender>;
}

async function measureWorkload(workload: ChatWorkload, given: Given): Promise<ChatContest> {
  const { model, entries, staying, opened, turn, say } = given;
  const { what, batch, promptTokens, newTokens } = workload;
  say(`Chat, ${what}, ${batch} × ${promptTokens} + ${newTokens} tokens`);
  const prompts: number[][][] = [];
  const input = (run: number) => (prompts[run] ??= promptsOf(model.tokenizer, workload, run));
  const { results, satOut, failed } = await compete({
    ...{ entries: staying, workload, start: null, input, turn, pace: null, say },
    tokens: batch * (what === 'prompt' ? promptTokens : newTokens),
    run: async (contender, prompts) => {
      const first = await timed(() => contender.generate(prompts, 1));
      if (what === 'prompt') return { ids: first.result, seconds: first.seconds };
      const whole = await timed(() => contender.generate(prompts, 1 + newTokens));
      return { ids: whole.result, seconds: whole.seconds - first.seconds };
    },
    secondsOf: ({ seconds }) => seconds,
  });
  const ours = opened.get(oursOnCpu);
  const answers = (outputs: (typeof results)[number]['outputs']) => outputs.map(({ ids }) => ids);
  const measure = answers(resultOf(results, oursOnCpu).outputs);
  const contenders: ChatContest['contenders'] = [];
  for (const { outputs, ...rest } of results) {
    const { tolerance } = entries.find(({ name }) => name === rest.name)!;
    const { sameTokens, places } = partingsOf(measure, answers(outputs), input);
    let largestLead: number | null = 0;
    for (const place of places) largestLead = ours ? Math.max(largestLead!, await ours.lead!(place)) : null;
    const agrees = largestLead !== null && largestLead <= tolerance;
    contenders.push({ ...rest, sameTokens, largestLead, tolerance, agrees });
  }
  return { workload, contenders, satOut, failed };
}
