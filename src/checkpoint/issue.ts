import * as v from 'valibot';
import { short } from './short';

type Issues = readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]];

/** A schema's own words, and the beginning of what it received. */
const LONGEST = 200;

/** The first thing that a schema found wrong, in words: where, and what. `whole` names what is checked. */
export function firstIssue([issue]: Issues, whole = 'content'): string {
  return `${short(v.getDotPath(issue) ?? whole)}: ${short(issue.message, LONGEST)}`;
}
