const MOST = 60;

/** A text of anyone's for a message: cut where it is longer than `most` characters, its control characters visible. */
export function short(text: string, most = MOST): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"');
}
