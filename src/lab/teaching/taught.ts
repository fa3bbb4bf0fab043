import type { Guest } from '../../checkpoint/guest';
import { LONGEST_NAME } from '../../checkpoint/guest-check';

/** Of a text in a name, in characters. */
const LONGEST_QUOTE = 24;

/** A guest after a lesson: another model, named for the one it was and what it learned. The ONNX file had other weights. */
export function taughtGuest(
  guest: Guest,
  parameters: Guest['parameters'],
  { steps, text }: { steps: number; text: string },
): Guest {
  const deed = `, ${steps} step${steps === 1 ? '' : 's'} on “${shortened(text.trim().replaceAll(/\s+/g, ' '), LONGEST_QUOTE)}”`;
  return { ...guest, name: shortened(guest.name, LONGEST_NAME - deed.length) + deed, parameters, onnx: null };
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}
