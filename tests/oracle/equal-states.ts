import { expect } from 'vitest';
import type { AgentState } from '../../src/model/state';
import type { OracleState } from './agent';
import { differenceByTensor, relativeDifference } from './compare';

/** Parameters and both moments, and how far the parameters moved, which their size would hide. */
export function expectEqualStates(after: AgentState, oracle: OracleState, before: AgentState): void {
  expect(after.updates).toBe(oracle.updates);
  const moved = Float64Array.from(after.parameters, (x, i) => x - before.parameters[i]);
  const oracleMoved = oracle.parameters.map((x, i) => x - before.parameters[i]);
  for (const [what, a, b] of [
    ['parameters', after.parameters, oracle.parameters],
    ['first moment', after.firstMoment, oracle.firstMoment],
    ['second moment', after.secondMoment, oracle.secondMoment],
  ] as const) {
    for (const [name, difference] of Object.entries(differenceByTensor(oracle.layout, a, b))) {
      expect(difference, `${what} of ${name}`).toBeLessThan(1e-4);
    }
  }
  expect(relativeDifference(moved, oracleMoved)).toBeLessThan(1e-3);
  expect(after.reference).toEqual(before.reference);
}
