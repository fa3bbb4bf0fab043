import { describe, expect, it } from 'vitest';
import { duration, interval, number, percent, rate, setting, signed } from '../../src/ui/format';

describe('numbers on the page', () => {
  it.each([
    [0, '0'],
    [1, '1.00'],
    [0.01234, '0.0123'],
    [-0.9, '−0.900'],
    [48231, '48\u2009200'],
    [0.0000321, '3.2e−5'],
    [NaN, '–'],
  ])('%f has three significant digits: %s', (value, text) => expect(number(value)).toBe(text));

  it.each([
    [0.65, '0.65'],
    [5e-7, '5e−7'],
    [3e-4, '3e−4'],
    [0.01, '0.01'],
    [200, '200'],
  ])('the setting %f is written as it was typed: %s', (value, text) => expect(setting(value)).toBe(text));

  it.each([
    [0.123, '12%'],
    [0.0123, '1.2%'],
    [0.02, '2%'],
    [1, '100%'],
    [0.0996, '10%'],
  ])('%f is %s', (value, text) => expect(percent(value)).toBe(text));

  it('writes signs, intervals, rates and times', () => {
    expect(signed(0.412)).toBe('+0.412');
    expect(signed(-2.1)).toBe('−2.10');
    expect(interval([0.31, 0.474])).toBe('31–47%');
    expect([rate(3.61), rate(48231), rate(0.21), rate(1234567)]).toEqual(['3.6', '48.2k', '0.21', '1.23M']);
    expect([rate(99.4), rate(99.6), rate(999.7), rate(999_600)]).toEqual(['99', '99.6', '1.00k', '1.00M']);
    expect([duration(108_000), duration(3_725_000), duration(-5)]).toEqual(['1:48', '1:02:05', '0:00']);
  });
});
