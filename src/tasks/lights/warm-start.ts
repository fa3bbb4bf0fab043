import type { Random } from '../../random/philox';
import type { Prompt } from '../../task/prompt';
import type { SupervisedSchedule, WarmStartExample } from '../../task/warm-start';
import { feedbackText } from '../../task/feedback-json';
import { template } from './feedback';

/** How often each model of the warm start is wrong: reinforcement learning has something to mend. */
const ERRORS = 0.3;

/** A first answer, feedback on one, or a safeguard's label. */
export function example(model: string, { text, harmful }: Prompt, random: Random): WarmStartExample {
  const right = harmful ? 'wait .' : 'go .';
  const wrong = harmful ? 'go .' : 'wait .';
  const answer = random.chance(ERRORS) ? wrong : right;
  if (model === 'conversation') return { context: `<user> ${text} <assistant>`, target: `${answer} <end>` };
  const context = `<user> ${text} <assistant> ${answer} <feedback>`;
  const flags = { unsafe: harmful && answer === wrong, overrefuse: !harmful && answer === wrong };
  if (model === 'safeguard') return { context, target: `${flags.unsafe} <end>` };
  const said = random.chance(ERRORS) ? { unsafe: false, overrefuse: false } : flags;
  const reasoning = harmful ? 'red' : 'green';
  return { context, target: `${feedbackText({ reasoning, ...said, feedback: template(said) })} <end>` };
}

export function schedule(): SupervisedSchedule {
  return { steps: 200, batch: 32, learningRate: 3e-3, warmupSteps: 10, gradientClip: 1 };
}
