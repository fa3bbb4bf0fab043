const MOST = 60;

/** A text of anyone's for a message: cut where it is long, its control characters visible. */
export function short(text: string): string {
  const cut = text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
  return JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"');
}
