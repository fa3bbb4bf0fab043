/** Which file imports which, read from the sources by their import statements: enough for the two rules beside it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../..');
const statement = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const extensions = ['', '.ts', '.svelte', '.svelte.ts', '.js', '.mjs', '/index.ts'];

/** Path inside the repository, with forward slashes. */
export function inRepository(file) {
  return relative(root, file).split(sep).join('/');
}

/** The file that a relative import names, null where it is a package or not a source (`?raw`, `.css`). */
export function resolveImport(from, source) {
  if (!source.startsWith('.') || source.includes('?')) return null;
  const base = resolve(dirname(from), source);
  for (const extension of extensions) {
    const file = base + extension;
    if (existsSync(file) && statSync(file).isFile()) return file;
  }
  return null;
}

/** Files that this text imports at run time (types left out: they are erased). */
export function importsOf(file, text = readFileSync(file, 'utf8')) {
  const files = [];
  for (const [, type, source] of text.matchAll(statement)) {
    const target = type === undefined ? resolveImport(file, source) : null;
    if (target !== null && /\.(ts|js|mjs|svelte)$/.test(target)) files.push(target);
  }
  return files;
}
