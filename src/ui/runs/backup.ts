/** Everything that is kept in this browser as one file: how the page has it written. */
import { WorkerCalls } from '../../../workers/protocol/calls';
import type { Backup as Made, BackupCalls, BackupNews, BackupText } from '../../../workers/protocol/backup';
import { dialogueName, keptDialogues } from '../floor/document';
import type { BackupClient } from '../state/backup.svelte';

export function connectBackup(hear: (news: BackupNews) => void): BackupClient {
  const worker = new Worker(new URL('../../../workers/backup/worker.ts', import.meta.url), {
    type: 'module',
    name: 'backup',
  });
  const end = { remedy: 'Export again', tell: () => undefined };
  return new WorkerCalls<BackupCalls, BackupNews>(worker, 'The worker that exports', { hear, end });
}

/** Dialogues of the Floor, which the page itself keeps. */
export function keptTexts(): BackupText[] {
  return keptDialogues().map((dialogue, i) => {
    return { path: `dialogues/${i + 1}-${dialogueName(dialogue)}`, text: `${JSON.stringify(dialogue, null, 2)}\n` };
  });
}

/** What is in it, in words: `3 runs, 1 model and 2 dialogues`. */
export function countsText({ runs, models, results, measurements, texts }: Made['counts']): string {
  const some = (n: number, one: string) => (n === 0 ? [] : [`${n} ${one}${n === 1 ? '' : 's'}`]);
  const parts = [
    ...some(runs, 'run'),
    ...some(models, 'model'),
    ...(results > 0 ? ['the results of tables'] : []),
    ...some(measurements, 'measurement'),
    ...some(texts, 'dialogue'),
  ];
  const last = parts.pop() ?? 'nothing';
  return parts.length > 0 ? `${parts.join(', ')} and ${last}` : last;
}
