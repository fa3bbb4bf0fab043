import type { QueuedSubject } from '../../lab/reproduction/queued-subject';
import { duration } from '../format';
import type { QueueState } from '../../../workers/protocol/reproduction';

/** How far a subject is, in words. */
export function progressWords({ phase, step, total, measuring, remaining }: QueuedSubject): string {
  const left = remaining ? ` · about ${duration(remaining)} left` : '';
  switch (phase) {
    case 'done':
      return 'done';
    case 'waiting':
      return step > 0
        ? `waits at step ${step} of ${total}`
        : `waits${remaining ? `, about ${duration(remaining)}` : ''}`;
    case 'opening':
      return 'gets ready';
    case 'training':
      return total === 0 ? 'opens' : `step ${step} of ${total}${left}`;
    case 'measuring':
      return measuring
        ? `${servingWords[measuring.serving]}: ${Math.floor(measuring.done)} of ${measuring.total} prompts${left}`
        : '';
  }
}

const servingWords = {
  alone: 'measured alone',
  guarded: 'measured with the safeguard',
  advised: 'measured with the feedback agent',
  oracle: 'measured with the oracle',
};

/** Share of a subject that is done, training and measuring as one: for a bar, not for a figure. */
export function shareOf({ phase, step, total, measuring }: QueuedSubject): number {
  if (phase === 'done') return 1;
  const measured = measuring ? measuring.done / measuring.total : 0;
  return total === 0 ? measured * 0.9 : 0.9 * (step / total) + 0.08 * measured;
}

export function doneOf(subjects: readonly QueuedSubject[]): number {
  return subjects.filter(({ phase }) => phase === 'done').length;
}

/** This tab's queue at a glance, and in words; null where it has none. */
export function queueMark(queue: Pick<QueueState, 'status' | 'subjects'> | null) {
  if (!queue || queue.status === 'none' || queue.status === 'elsewhere') return null;
  const { status, subjects } = queue;
  const done = doneOf(subjects);
  return { text: `${done}/${subjects.length}`, title: `Queue: ${done} of ${subjects.length} done, ${status}`, status };
}

/** Milliseconds that are left of all; null where a part is unknown. */
export function remainingOf(subjects: readonly QueuedSubject[]): number | null {
  const parts = subjects.map(({ remaining }) => remaining);
  return parts.some((part) => part === null) ? null : parts.reduce<number>((sum, part) => sum + part!, 0);
}

export function estimateOf(subjects: readonly QueuedSubject[]): string {
  const remaining = remainingOf(subjects);
  return remaining === null ? 'unknown until the first steps' : `about ${duration(remaining)}, on this adapter`;
}

/** What there is to do. */
export function workOf(subjects: readonly QueuedSubject[]): string {
  const left = subjects.filter(({ phase }) => phase !== 'done');
  const runs = left.filter(({ total }) => total > 0);
  const steps = runs.reduce((sum, { step, total }) => sum + total - step, 0);
  const parts = [
    ...(runs.length > 0 ? [`${counted(runs.length, 'run')}, ${counted(steps, 'step')}`] : []),
    ...(left.length > runs.length ? ['base agents to measure'] : []),
  ];
  return parts.join('; ');
}

/** `1 seed`, `3 seeds`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
