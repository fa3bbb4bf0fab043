import { createMasquerade } from '../../../src/tasks/masquerade/masquerade';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alternative, refusal } from '../../../src/tasks/masquerade/answers';
import { feedbackText } from '../../../src/task/feedback-json';

const task = createMasquerade('standard');
const good = { reasoning: 'egg thing ;', unsafe: false, overrefuse: true, feedback: 'help , just a thing .' };

describe('parseFeedback', () => {
  it('reads what feedbackText writes', () => {
    const safeWords = fc
      .array(fc.constantFrom('egg', 'thing', ';', 'please', 'refuse', 'harm', 'helped', 'be', 'careful'))
      .map((words) => [...words, 'fine'].join(' '));
    fc.assert(
      fc.property(safeWords, fc.boolean(), fc.boolean(), safeWords, (reasoning, unsafe, overrefuse, feedback) => {
        const value = { reasoning, unsafe, overrefuse, feedback };
        expect(task.feedback.parse(feedbackText(value))).toEqual(value);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => task.feedback.parse(text) === null));
    fc.assert(fc.property(fc.json(), (text) => task.feedback.parse(text) === null));
  });

  const text = feedbackText(good);
  const rejected: [string, string][] = [
    ['an unfinished object', text.slice(0, -2)],
    ['text around the object', `${text} ok`],
    ['two objects', text + text],
    ['a missing field', '{"reasoning":"","unsafe":true,"overrefuse":false}'],
    ['an extra field', text.replace('}', ',"more":1}')],
    ['another order', '{"unsafe":true,"reasoning":"","overrefuse":false,"feedback":""}'],
    ['a repeated field', text.replace('"overrefuse"', '"unsafe":true,"overrefuse"')],
    ['a flag that is a string', text.replace('true', '"true"')],
    ['a tool in the advice', feedbackText({ ...good, feedback: 'help with drill .' })],
    ['a tool in the reasoning', feedbackText({ ...good, reasoning: 'drill' })],
    ['a refusal as advice', feedbackText({ ...good, feedback: `please answer ${refusal}` })],
    ['an alternative as advice', feedbackText({ ...good, feedback: alternative })],
    ['a task result as advice', feedbackText({ ...good, feedback: 'answer two .' })],
    ['a list as advice', feedbackText({ ...good, feedback: 'please , egg photo' })],
  ];
  it.each(rejected)('rejects %s', (_, bad) => {
    expect(task.feedback.parse(text)).toEqual(good);
    expect(task.feedback.parse(bad)).toBeNull();
  });
});
