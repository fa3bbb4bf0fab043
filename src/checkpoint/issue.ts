import * as v from 'valibot';

type Issues = readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]];

/** The first thing that a schema found wrong, in words: where, and what. `whole` names what is checked. */
export function firstIssue([issue]: Issues, whole = 'content'): string {
  return `${v.getDotPath(issue) ?? whole}: ${issue.message}`;
}
