/**
 * The first key that occurs twice in one object of a text that `JSON.parse` accepts, or null. `JSON.parse` silently
 * keeps the last of them, so a file could mean one thing here and another elsewhere.
 */
export function duplicateKey(json: string): string | null {
  const open: Set<string>[] = [];
  // Strings, and the brackets between them: nothing else matters to where keys are.
  const pieces = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g;
  for (const [piece, colon] of json.matchAll(pieces)) {
    if (piece === '{') open.push(new Set());
    else if (piece === '}') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(piece.slice(0, -colon.length)) as string;
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return null;
}
