/** Small inputs that lie beside the repository, not in it. */
import { existsSync, readFileSync } from 'node:fs';

const cases = new URL('../../../shared/cases/', import.meta.url).pathname;

export const casesAreHere = existsSync(cases);

export const caseText = (name: string): string => readFileSync(cases + name, 'utf8');

export const caseBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(cases + name));

export const caseJson = (name: string) => JSON.parse(caseText(name)) as Record<string, unknown>;
