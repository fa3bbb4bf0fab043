import { markdownTable } from '../../scripts/markdown';
import type { ChatContenderResult, ChatContest, ChatResult } from '../document';
import { oursOnCpu } from '../names';
import { absences, contest } from './contest';
import { bytes, count, percent, seconds } from './format';

/** A chat model: opened, then its prompts and answers. `where` it was measured stands behind its name. */
export function chatTables(
  { model, parameters, threads, contests, memory, missing }: ChatResult,
  where: string,
): string[] {
  const head = `## Chat${where}, ${model}`;
  if (missing !== null) return [head, `Not measured: ${missing}`];
  return [
    `${head} (${count(parameters)} parameters), ${threads} threads, greedy`,
    ...openingTable(contests[0], memory),
    ...contests.flatMap(contestTable),
  ];
}

function openingTable({ contenders }: ChatContest, memory: ChatResult['memory']): string[] {
  if (contenders.length === 0) return [];
  const taken = (name: string) => memory.find((one) => one.name === name)?.bytes ?? null;
  return [
    markdownTable(
      ['', 'first token after opening', 'memory'],
      contenders.map(({ name, firstSeconds }) => {
        const most = taken(name);
        return [name, `${seconds(firstSeconds)} s`, most === null ? '–' : bytes(most)];
      }),
    ),
  ];
}

function contestTable({ workload, contenders, satOut }: ChatContest): string[] {
  const { what, batch, promptTokens, newTokens } = workload;
  const reading = what === 'prompt';
  const size = reading ? `${batch} × ${promptTokens} tokens` : `batch ${batch}, ${newTokens} tokens each`;
  const run = reading ? 'prompt' : 'answer';
  return [
    `### ${reading ? 'Prompts' : 'Answers'}, ${size}`,
    contest(
      contenders,
      { tokens: reading ? 'prompt tokens' : 'new tokens', run: batch === 1 ? run : 'batch', warm: true },
      'tokens as ours',
      agreement,
    ),
    ...absences(satOut),
  ];
}

function agreement({ name, sameTokens, largestLead }: ChatContenderResult): string {
  if (name === oursOnCpu) return '';
  const same = percent(sameTokens);
  return largestLead === null || largestLead === 0 ? same : `${same}, parting at ${largestLead.toPrecision(1)}`;
}
