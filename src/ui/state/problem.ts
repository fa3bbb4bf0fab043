/** Something that went wrong, as the page tells it: what happened, what was kept, what to do. */
export interface Problem {
  title: string;
  message: string;
  kept: string;
  /** What the visitor can press to go on; without it the message says what to do. */
  remedy?: { label: string; act: () => void };
}

export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
