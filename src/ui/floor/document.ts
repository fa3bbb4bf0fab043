import { answering, perRole } from '../../waltz/game/roles';
import type { ModelChoice, Seat } from '../../../workers/protocol/floor';
import type { Prompt } from '../../task/prompt';
import type { DanceSettings } from './dance-settings';
import type { ShownDance } from './shown-dance';

/** Dances to one prompt as a document: all that the page shows of them, to keep or to take along. */
export interface DialogueDocument {
  format: 'waltz-dialogue';
  version: 1;
  /** ISO 8601. */
  date: string;
  settings: DanceSettings;
  /** The prompt as the world reads it, null where it is none of its. */
  truth: Prompt | null;
  /** Names of the agents beside what each couple said; log-probabilities are natural, at temperature 1. */
  dances: (ShownDance & { names: { conversation: string; feedback: string | null } })[];
}

/** Where the page keeps dialogues, and how many: the oldest gives way. */
const KEY = 'waltz.floor';
const MOST = 24;

/** The newest first; what another version kept, or nobody can read, is left out. */
export function keptDialogues(): DialogueDocument[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]') as unknown;
    return Array.isArray(kept) ? kept.filter(isDialogue).map(renewed) : [];
  } catch {
    return [];
  }
}

/** Answers what is kept from now on. Throws where the browser has no room or keeps nothing. */
export function keepDialogues(dialogues: readonly DialogueDocument[]): DialogueDocument[] {
  const kept = dialogues.slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(kept));
  return kept;
}

/** A file's name for it. */
export function dialogueName({ date }: DialogueDocument): string {
  return `dialogue-${date.slice(0, 19).replace(/[:T]/g, '-')}.json`;
}

/** In version 0.2.0 base agents were named for their level, as their archives are. */
function renewed(dialogue: DialogueDocument): DialogueDocument {
  const model = (choice: ModelChoice & { level?: string }): ModelChoice =>
    choice.kind === 'base' && choice.level !== undefined ? { kind: 'base', archive: choice.level } : choice;
  const dances = dialogue.dances.map((dance) => {
    const seat = <S extends Seat | null>(kept: S): S => (kept ? { ...kept, model: model(kept.model) } : kept);
    const { [answering.name]: answers } = dance.couple;
    const others = perRole(({ name }) => seat(dance.couple[name] ?? null));
    return { ...dance, couple: { ...others, [answering.name]: seat(answers) } };
  });
  return { ...dialogue, dances };
}

function isDialogue(value: unknown): value is DialogueDocument {
  const { format, version } = (value ?? {}) as Partial<DialogueDocument>;
  return format === 'waltz-dialogue' && version === 1;
}
