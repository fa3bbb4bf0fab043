/** Everything that can be done, once: the keyboard, the command palette and the help all read this list. */
export interface Action {
  id: string;
  label: string;
  /** Keys as `KeyboardEvent.key` has them; the first is shown. */
  keys?: readonly string[];
  /** Why it cannot be done now, or ''. */
  unavailable?: string;
  act: () => void;
}

const keyNames: Record<string, string> = { ' ': 'space', ArrowRight: '→', Escape: 'Esc' };

export function keyName(key: string): string {
  return keyNames[key] ?? key;
}

/** Whether a key press belongs to the control that has the focus, and not to the page. */
export function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.closest('input, select, textarea, [contenteditable], [role="dialog"], [role="slider"]')) return true;
  // Space and arrows press or move buttons, links, lists and summaries.
  return (
    event.key !== '/' &&
    event.key !== '?' &&
    target.closest('button, a, summary, [role="listbox"], [role="radio"]') !== null
  );
}
