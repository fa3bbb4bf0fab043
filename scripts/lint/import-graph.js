/** Which file imports which, types too, read from the sources by their import statements: enough for the two rules beside it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../..');
const statement = /^\s*(?:import|export)\s+(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
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

/** Files that this text imports, for their values or for their types. */
export function importsOf(file, text = readFileSync(file, 'utf8')) {
  const files = [];
  for (const [, source] of text.matchAll(statement)) {
    const target = resolveImport(file, source);
    if (target !== null && /\.(ts|js|mjs|svelte)$/.test(target)) files.push(target);
  }
  return files;
}
