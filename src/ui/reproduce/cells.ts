import type { QueuedSubject } from '../../lab/reproduction/queued-subject';
import type { ReproducedRow } from '../../lab/reproduction/report';
import type { Figure } from '../../lab/reproduction/summary';
import { objectionWords } from '../../lab/run/claim';
import { figure } from '../format';
import type { Column } from './columns';
import { counted } from './progress';

export interface Cell {
  /** Per cent, or – where nothing is measured. */
  mean: string;
  interval: string;
  /** The paper's value, '' where it has none. */
  paper: string;
  /** What the figures are, in a sentence. */
  title: string;
}

export function cellOf({ summary, paper }: ReproducedRow, column: Column): Cell {
  const found = summary && column.of(summary);
  const theirs = paper ? column.paper(paper) : undefined;
  const said = theirs === undefined ? 'The paper has no such figure.' : `From the paper: ${figure(theirs)}.`;
  return {
    mean: found ? figure(found.mean) : '–',
    interval: found?.interval ? `${figure(found.interval[0])}–${figure(found.interval[1])}` : '',
    paper: theirs === undefined ? '' : figure(theirs),
    title: `${found ? nature(found, summary.prompts) : 'Not measured.'} ${said}`,
  };
}

/** What kind of a figure it is. */
function nature({ n, values, interval }: Figure, prompts: number): string {
  if (n > 1) {
    const each = values.map(figure).join(', ');
    const narrow = n <= 3 ? 'it is their range, and too narrow' : 'it is too narrow';
    return `Mean of ${n} seeds (${each}) with its 95% bootstrap interval over seeds: of so few ${narrow}.`;
  }
  const kind = interval ? ', with the 95% Wilson interval over its prompts' : '; it has no interval';
  return `One measurement on ${prompts} prompts a set, or all that there are${kind}.`;
}

/** Of how many seeds a trained row is, and where it is not whole yet, what is done for it; '' where there is neither. */
export function progressOf({ steps, subjects, summary }: ReproducedRow, queue: readonly QueuedSubject[]): string {
  const wanted = counted(subjects.length, 'seed');
  if (summary?.seeds.length === subjects.length) return steps > 0 ? wanted : '';
  const seeds = summary ? `${summary.seeds.length} of ${wanted}` : '';
  const mine = queue.filter(({ id }) => subjects.includes(id));
  const now = mine.find(({ phase }) => phase !== 'waiting' && phase !== 'done');
  const doing =
    now === undefined
      ? ''
      : now.phase === 'training'
        ? `step ${now.step} of ${now.total}`
        : now.phase === 'measuring'
          ? 'being measured'
          : 'opens';
  return [seeds, doing].filter((part) => part !== '').join(' · ');
}

/** Where a row counts against the paper's claim; '' where it does not. */
export function against({ label, steps, summary }: ReproducedRow): string {
  if (!summary || summary.objections.length === 0) return '';
  const words = objectionWords(summary.objections);
  return `${label} counts against the paper’s claim: after ${steps} steps, ${words}.`;
}
