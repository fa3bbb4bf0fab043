import { describe, expect, it } from 'vitest';
import { continuedBy, isExact, type Provenance } from '../../src/model/provenance';

const on = (adapter: string, variants = {}): Provenance => ({ adapter, build: '1', variants });

describe('what computed a run', () => {
  it('is every adapter that it went on with, once, the last one last', () => {
    expect(continuedBy(on(''), on('A', { product: 'tiles' }))).toEqual(on('A', { product: 'tiles' }));
    expect(continuedBy(on('A'), on('A'))).toEqual(on('A'));
    expect(continuedBy(on('A'), on('B')).adapter).toBe('A, then B');
    expect(continuedBy(on('A, then B'), on('B')).adapter).toBe('A, then B');
    expect(continuedBy(on('A, then B'), on('A')).adapter).toBe('B, then A');
    expect(continuedBy(on('A, then B'), on('A, then C')).adapter).toBe('B, then A, then C');
    expect(continuedBy(on('A'), on('')).adapter).toBe('A');
  });

  it('goes on bit for bit where the last one goes on', () => {
    expect(isExact(on('A, then B'), on('B'))).toBe(true);
    expect(isExact(on('A, then B'), on('A'))).toBe(false);
    expect(isExact(on('A', { product: 'tiles' }), on('A', { product: 'plain' }))).toBe(false);
  });
});
