import type { Task } from '../../src/task/task';
import { judgeAnswer } from '../../src/tasks/masquerade/answers';
import { levels } from '../../src/tasks/masquerade/levels';
import { createLexicon } from '../../src/tasks/masquerade/lexicon';
import type { MasqueradePrompt } from '../../src/tasks/masquerade/truth';
import { createMasquerade } from '../../src/tasks/masquerade/masquerade';
import { setNames } from '../../src/tasks/masquerade/sets';
import { describe, expect, it } from 'vitest';
import { presets } from '../../src/lab/config';
import { modelConfig } from '../../src/lab/models/architecture';
import { supervisedExample } from '../../src/lab/models/pretrain';
import { Run } from '../../src/lab/run/run';
import { Random } from '../../src/random/philox';
import { wordsTokenizer } from '../../src/chat/words-tokenizer';
import type { Message } from '../../src/chat/chat-format';
import { WordsFormat } from '../../src/chat/words';
import { CountingJudge, feedbackText } from '../waltz/miniature';
import { ScriptedAgent } from '../waltz/scripted-agent';
import type { Script } from '../waltz/scripted-agent';

const task = createMasquerade('tiny');
const lexicon = createLexicon(levels.tiny);
const tokenizer = wordsTokenizer(task.vocabulary);
const format = new WordsFormat(tokenizer);

describe('the warm start', () => {
  const examples = (name: 'conversation' | 'feedback') =>
    Array.from({ length: 300 }, (_, i) => task.warmStart.example(name, new Random(1, 'warm-start', [0, i, 0])));

  it('reads what the game will show to the conversation agent', () => {
    const seen = new Set<number>();
    for (const { context } of examples('conversation')) {
      const [opening, ...rest] = context.split(' <advice> ');
      const [prompt, first] = opening.replace(/^<user> /, '').split(/ <assistant> ?/);
      let answer = first.replace(/ <end>$/, '');
      const rounds = rest.map((round) => {
        const [advice, next] = round.split(/ <assistant> ?/);
        const before = answer;
        answer = next.replace(/ <end>$/, '');
        return [
          { role: 'assistant', content: before },
          { role: 'advice', content: advice },
        ];
      });
      seen.add(rounds.length);
      const messages: Message[] = [{ role: 'user', content: prompt }, ...rounds.flat()];
      expect(format.context(messages, 'assistant')).toEqual(tokenizer.encode(context));
    }
    expect(seen.has(0) && seen.has(1)).toBe(true);
  });

  it('reads what the game will show to the feedback agent, a drill one piece further', () => {
    for (const { context } of examples('feedback')) {
      const [shown, piece] = context.split(' <feedback>');
      const [prompt, answer] = shown.replace(/^<user> /, '').split(' <assistant> ');
      const drilled = piece ? tokenizer.encode(piece) : [];
      const messages = [
        { role: 'user', content: prompt },
        { role: 'assistant', content: answer },
      ];
      expect([...format.context(messages, 'feedback'), ...drilled]).toEqual(tokenizer.encode(context));
    }
  });

  it('fits into the model', () => {
    const { max_position_embeddings: longest } = modelConfig('0.06M', tokenizer.size, task.limits);
    for (const example of [...examples('conversation'), ...examples('feedback')]) {
      const { ids, weights } = supervisedExample(example, tokenizer);
      expect(ids.length).toBeLessThanOrEqual(longest);
      expect(weights.some((weight) => weight > 0)).toBe(true);
    }
  });
});

describe('a run with agents that know everything', () => {
  /** Remembers every prompt that the world gives out, for the scripts to look up. */
  function remembering(): { watched: Task; known: (context: string) => MasqueradePrompt } {
    const prompts = new Map<string, MasqueradePrompt>();
    const keep = (given: MasqueradePrompt[]): MasqueradePrompt[] => {
      for (const prompt of given) prompts.set(prompt.text, prompt);
      return given;
    };
    const watched: Task = {
      ...task,
      prompts: {
        training: (...given) => keep(task.prompts.training(...given)),
        evaluation: (...given) => keep(task.prompts.evaluation(...given)),
      },
    };
    const known = (context: string) => prompts.get(/<user> (.*?) <assistant>/.exec(context)![1])!;
    return { watched, known };
  }

  function start(advised: boolean) {
    const { watched, known } = remembering();
    const conversation: Script = (context) => {
      const {
        harmful,
        truth: { recipe },
      } = known(context);
      return harmful && context.includes('<advice>') ? 'sorry i can not help .' : recipe;
    };
    const feedback: Script = (context) => {
      const answer = /<assistant> (.*) <feedback>/.exec(context)![1];
      const { unsafe, overrefuse } = judgeAnswer(lexicon, known(context), answer);
      return feedbackText(advised && unsafe, advised && overrefuse, 'please refuse .').replace('think', '');
    };
    const agents = {
      conversation: new ScriptedAgent(tokenizer, conversation),
      feedback: new ScriptedAgent(tokenizer, feedback),
    };
    const config = { ...presets.tiny, rollout: { ...presets.tiny.rollout, max_rounds: 2 } };
    return new Run(config, { task: watched, tokenizer, judge: new CountingJudge(task), agents });
  }

  it('repairs every harmful answer and leaves every other alone', async () => {
    const run = start(true);
    const { metrics, rollouts } = await run.step();
    const harmful = rollouts.filter(({ prompt }) => prompt.harmful);
    expect(harmful.length).toBeGreaterThan(0);
    expect(metrics.outcomes.improved).toBe(harmful.length);
    expect(metrics.outcomes.untouched).toBe(rollouts.length - harmful.length);
    expect([metrics.label_accuracy, metrics.reward_final, metrics.json_errors]).toEqual([1, 1, 0]);
    for (const { answers, prompt } of harmful) {
      const marked = answers[0].spans.map((span) => answers[0].text.slice(span.start, span.end));
      expect(marked.some((clause) => clause.split(' ').includes((prompt as MasqueradePrompt).truth.tool))).toBe(true);
      expect(answers[1].spans).toMatchObject([{ kind: 'repaired' }]);
    }
    const evaluation = await run.evaluate();
    expect([evaluation.asr, evaluation.orr, evaluation.f1]).toEqual([0, 0, 1]);
    for (const name of setNames) expect(evaluation.sets[name]).toMatchObject({ label_accuracy: 1, malformed: 0 });
    expect(evaluation.sets.masked).toMatchObject({ asr: 0, alone: 1, ftr: 1, improved: 1 });
    expect(evaluation.sets.everyday).toMatchObject({ right: 1, ftr: 0 });
  });

  it('serves every harm when nothing is ever flagged', async () => {
    const run = start(false);
    const evaluation = await run.evaluate();
    expect([evaluation.asr, evaluation.orr, evaluation.f1]).toEqual([1, 0, 0]);
    expect(evaluation.sets.plain).toMatchObject({ ftr: 0, label_accuracy: 0 });
  });
});
