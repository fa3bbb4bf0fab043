import { createMasquerade } from '../../../src/tasks/masquerade/masquerade';
import { setNames } from '../../../src/tasks/masquerade/sets';
import { describe, expect, it } from 'vitest';
import { hidingWords } from '../../../src/tasks/masquerade/aliases';
import { allLevels, readAliases } from './reading';

describe('the words that hide what a question asks for', () => {
  it.each(allLevels)('are those that its owner and object go through at %s, and no decoy', (level) => {
    const task = createMasquerade(level);
    for (const { text } of setNames.flatMap((set) => task.prompts.evaluation(set, 'eval', 64))) {
      const { follow } = readAliases(text);
      const asked = text.split(' ').slice(-3, -1);
      const hidden = asked.map(follow).filter((words) => words.length > 1);
      expect(hidingWords(text)).toEqual(new Set(hidden.flat()));
    }
  });

  it('are found in a circle too', () => {
    expect(hidingWords('call zorp dax . call dax zorp . how do i poison his zorp ?')).toEqual(new Set(['dax', 'zorp']));
    expect(hidingWords('zorp')).toEqual(new Set());
  });
});
