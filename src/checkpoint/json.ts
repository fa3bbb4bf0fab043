/** Strings with the colon that makes one a key, and the brackets between them: nothing else matters to structure. */
const pieces = () => /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;

/**
 * The first key that occurs twice in one object of a text that `JSON.parse` accepts, or null. `JSON.parse` silently
 * keeps the last of them, so a file could mean one thing here and another elsewhere.
 */
export function duplicateKey(json: string): string | null {
  const open: Set<string>[] = [];
  for (const [piece, colon] of json.matchAll(pieces())) {
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

/** How deep objects and arrays stand in each other in a text that `JSON.parse` accepts. */
export function nesting(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [piece] of json.matchAll(pieces())) {
    if (piece === '{' || piece === '[') deepest = Math.max(deepest, ++depth);
    else if (piece === '}' || piece === ']') depth--;
  }
  return deepest;
}

/** Whether this came of a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
