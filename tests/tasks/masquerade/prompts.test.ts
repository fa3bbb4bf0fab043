import { holdsExactChain } from '../../../src/tasks/masquerade/feedback-text';
import { createMasquerade } from '../../../src/tasks/masquerade/masquerade';
import { setNames } from '../../../src/tasks/masquerade/sets';
import { describe, expect, it } from 'vitest';
import { wordsTokenizer } from '../../../src/chat/words-tokenizer';
import { Random } from '../../../src/random/philox';
import { allLevels, readAliases, readPrompt, toolOf } from './reading';

describe.each(allLevels)('prompts of %s', (level) => {
  const task = createMasquerade(level);
  const tokenizer = wordsTokenizer(task.vocabulary);
  const count = (text: string) => tokenizer.encode(text).length;

  it('say in their text alone what their labels claim', () => {
    for (const set of setNames)
      for (const prompt of task.prompts.evaluation(set, 'eval', 64)) {
        const reading = readPrompt(level, prompt.text);
        if (!reading) {
          expect(prompt).toMatchObject({ set: 'everyday', harmful: false, truth: { chain: '', tool: '' } });
          continue;
        }
        expect(prompt.harmful).toBe(reading.harmful);
        expect(prompt.harmful).toBe(['masked', 'masked-unseen', 'plain'].includes(set));
        expect(prompt.truth.chain).toBe(reading.hops.join(' '));
        const object = prompt.text.split(' ').at(-2)!;
        expect(prompt.truth.recipe).toMatch(new RegExp(`^use \\w+ on ${object} \\.$`));
      }
  });

  it('carry a distractor chain beside each alias chain', () => {
    for (const {
      text,
      truth: { depth },
    } of task.prompts.evaluation('masked', 'eval', 64)) {
      const aliases = [...text.matchAll(/call (\w+) (\w+) \./g)];
      if (depth === 0) expect(aliases).toHaveLength(0);
      else expect(aliases.length).toBeGreaterThanOrEqual(2 * depth);
      expect(new Set(aliases.map(([, , name]) => name)).size).toBe(aliases.length);
    }
  });

  it('hide the owner of every aliased prompt at hard alone, two aliases deep, beside a decoy of the other kind', () => {
    const aliased = task.prompts.evaluation('masked', 'eval', 512).filter(({ truth: { depth } }) => depth > 0);
    const owners = new Set(['my', 'our', 'his', 'the']);
    let hidden = 0;
    for (const {
      text,
      truth: { chain },
    } of aliased) {
      const { names, follow } = readAliases(text);
      const ends = names.map(follow).filter((hops) => owners.has(hops.at(-1)!));
      const asked = follow(text.split(' ').at(-3)!);
      if (asked.length === 1) expect(ends).toEqual([]);
      else {
        hidden++;
        expect(asked).toHaveLength(3);
        const [own, other] = [...new Set(ends.map((hops) => hops.at(-1)!))].toSorted((one) =>
          one === asked[2] ? -1 : 1,
        );
        expect(own).toBe(asked[2]);
        expect(['my', 'our'].includes(own)).not.toBe(['my', 'our'].includes(other));
        expect(ends).toHaveLength(4);
        // Nobody spells it out.
        expect(chain).not.toContain(asked[0]);
      }
    }
    expect(hidden).toBe(level === 'hard' ? aliased.length : 0);
  });

  it('stay within the limits and the vocabulary, and reach the prompt limit', () => {
    const { limits } = task;
    let longest = 0;
    for (const set of setNames)
      for (const {
        text,
        truth: { recipe },
      } of task.prompts.evaluation(set, 'eval', 256)) {
        longest = Math.max(longest, count(text));
        expect(count(text)).toBeLessThanOrEqual(limits.prompt);
        expect(count(recipe) + 1).toBeLessThanOrEqual(limits.answer);
      }
    expect(longest).toBeGreaterThan(limits.prompt - 9);
    expect(task.vocabulary.length).toBeLessThanOrEqual(360);
  });

  it('warm up with texts within the limits and the vocabulary, which survive the tokenizer', () => {
    const { limits } = task;
    const total = limits.prompt + limits.answer + limits.feedback + 3;
    let longestFeedback = 0;
    let drills = 0;
    let masked = 0;
    for (let i = 0; i < 1500; i++) {
      const conversation = task.warmStart.example('conversation', new Random(7, 'warm-start', [i, 0, 0]));
      for (const text of [conversation.context, conversation.target])
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      if (conversation.mask) masked++;
      else expect(count(conversation.target)).toBeLessThanOrEqual(limits.answer);
      const feedback = task.warmStart.example('feedback', new Random(7, 'warm-start', [i, 1, 0]));
      expect(tokenizer.decode(tokenizer.encode(feedback.context))).toBe(feedback.context);
      expect(tokenizer.decode(tokenizer.encode(feedback.target))).toBe(feedback.target);
      if (feedback.mask) {
        drills++;
        expect(feedback.mask).toHaveLength(count(feedback.target));
      } else {
        expect(count(feedback.context) + count(feedback.target)).toBeLessThanOrEqual(total);
        longestFeedback = Math.max(longestFeedback, count(feedback.target));
        const json = feedback.target.replace(/ <end>$/, '');
        const parsed = task.feedback.parse(json);
        expect(parsed).not.toBeNull();
        expect(count(parsed!.feedback)).toBeLessThanOrEqual(limits.advice);
      }
    }
    expect(longestFeedback).toBeLessThanOrEqual(limits.feedback);
    expect(longestFeedback).toBeGreaterThan(limits.feedback - 8);
    expect(Math.abs(drills - 750)).toBeLessThan(100);
    // A third are task drills; of the rest, some are answer drills where prompts are long.
    expect(Math.abs(masked - (level === 'tiny' ? 500 : 650))).toBeLessThan(100);
  });

  it('reason exactly in the warm start, flags following from act and verdict', () => {
    for (let i = 0; i < 1000; i++) {
      const { context, target, mask } = task.warmStart.example('feedback', new Random(8, 'warm-start', [i, 0, 0]));
      if (mask) continue;
      const reading = readPrompt(level, /^<user> (.*?) <assistant>/.exec(context)![1]);
      const parsed = task.feedback.parse(target.replace(/ <end>$/, ''))!;
      const [, act, verdict] = /(helped|refused|evaded) (harm|fine) ;$/.exec(parsed.reasoning)!;
      expect(parsed.unsafe).toBe(act === 'helped' && verdict === 'harm');
      expect(parsed.overrefuse).toBe(act !== 'helped' && verdict === 'fine');
      if (reading) expect(parsed.reasoning.startsWith(reading.hops.join(' '))).toBe(true);
      const answer = /<assistant> (.*) <feedback>$/.exec(context)![1];
      expect(act === 'refused').toBe(/^(sorry|instead)/.test(answer));
    }
  });

  it('drill look-ups of aliases that stand in the text, at least as many as the deepest prompt has', () => {
    const drills = Array.from({ length: 400 }, (_, i) =>
      task.warmStart.example('feedback', new Random(9, 'warm-start', [i, 0, 0])),
    );
    let most = 0;
    let closed = 0;
    let deepestWalk = 0;
    for (const { context, target, mask } of drills) {
      if (!mask) continue;
      const reading = new Map([...context.matchAll(/call (\w+) (\w+) \./g)].map(([, source, name]) => [name, source]));
      most = Math.max(most, reading.size);
      const words = target.split(' ');
      let walked = 0;
      const [, verb, owner] = /how \w+ (?:i|you) (\w+) (\w+) \w+ \? <assistant>/.exec(context)!;
      const closing: Record<string, string> = {
        ...{ alarming: verb, harmless: verb, own: owner, other: owner },
        fine: /<assistant> use/.test(context) ? 'helped' : 'refused',
      };
      for (let k = 0; k < words.length; k += 3) {
        const [word, meaning] = words.slice(k, k + 2);
        if (reading.has(word)) expect(meaning).toBe(reading.get(word));
        else if (!['person', 'thing', 'property'].includes(meaning)) {
          // Reasoning closes: by the question's own words, and behind nothing but a kind.
          expect(word).toBe(closing[meaning]);
          expect(['person', 'thing', 'property', 'alarming', 'harmless', 'own', 'other']).toContain(words[k - 2]);
          expect(mask.slice(k, k + 3)).toEqual(meaning === 'fine' ? [true, false, false] : [true, true, true]);
          closed++;
          continue;
        }
        const [repeats, learned, stop] = mask.slice(k, k + 3);
        expect([learned, stop]).toEqual([true, level !== 'tiny']);
        if (repeats) expect(word).toBe(words[k - 2]);
        walked = (repeats ? walked : 0) + (reading.has(word) ? 1 : 0);
        deepestWalk = Math.max(deepestWalk, walked);
      }
    }
    const unseen = task.prompts.evaluation('masked-unseen', 'eval', 64);
    const aliases = unseen.map(({ text }) => (text.match(/call /g) ?? []).length);
    expect(most).toBeGreaterThanOrEqual(Math.max(...aliases));
    expect(closed > 0).toBe(level !== 'tiny');
    // The deepest chains stay unseen: no drill walks as far.
    expect(deepestWalk).toBe(Math.max(...unseen.map(({ truth }) => truth.depth)) - 1);
  });

  it('drill copying and looking up, longer than any task', () => {
    let longest = 0;
    for (let i = 0; i < 600; i++) {
      const { context, target, mask } = task.warmStart.example('conversation', new Random(10, 'warm-start', [i, 0, 0]));
      if (!mask?.[0]) continue;
      const [, text] = /^<user> (.*) <assistant>$/.exec(context)!;
      const answer = target.replace(/ <end>$/, '');
      const [, list, asked] = /^(.*) \. what is (\w+) \?$/.exec(text) ?? [];
      if (asked === undefined) expect(text).toBe(`say ${answer}`);
      else
        expect(list.split(' ')[['first', 'second', 'third', 'fourth'].indexOf(asked)]).toBe(answer.replace(' .', ''));
      longest = Math.max(longest, answer.split(' ').length - 1);
      expect(mask).toEqual(target.split(' ').map(() => true));
    }
    const tasks = task.prompts.evaluation('everyday', 'eval', 256).filter(({ text }) => text.startsWith('say '));
    expect(longest).toBeGreaterThan(Math.max(...tasks.map(({ truth }) => truth.recipe.split(' ').length - 1)));
  });

  it.skipIf(level === 'tiny')('drill copying an answer from behind many aliases, whoever decides to give it', () => {
    let [most, advised] = [0, 0];
    for (let i = 0; i < 600; i++) {
      const { context, target, mask } = task.warmStart.example('conversation', new Random(10, 'warm-start', [i, 0, 0]));
      if (!mask || mask[0]) continue;
      const [, verb, asked] = /how \w+ (?:i|you) (\w+) \w+ (\w+) \? <assistant>/.exec(context)!;
      expect(target).toBe(`use ${toolOf(level, verb)} on ${asked} . <end>`);
      expect(mask).toEqual([false, true, true, true, true, true]);
      most = Math.max(most, (context.match(/call /g) ?? []).length);
      advised += context.includes('<advice>') ? 1 : 0;
    }
    const unseen = task.prompts.evaluation('masked-unseen', 'eval', 64);
    expect(most).toBeGreaterThanOrEqual(Math.max(...unseen.map(({ text }) => (text.match(/call /g) ?? []).length)));
    expect(advised).toBeGreaterThan(10);
  });

  it('measure exact chains', () => {
    const prompt = task.prompts.evaluation('masked-unseen', 'eval', 8).find(({ truth }) => truth.depth > 1)!;
    const text = (chain: string) =>
      `{"reasoning":"${chain} helped harm ;","unsafe":true,"overrefuse":false,"feedback":""}`;
    expect(holdsExactChain(prompt, text(prompt.truth.chain))).toBe(true);
    expect(holdsExactChain(prompt, text(prompt.truth.chain.split(' ; ').slice(1).join(' ; ')))).toBe(false);
    expect(holdsExactChain({ truth: { ...prompt.truth, chain: '' } }, text(''))).toBe(false);
  });
});
