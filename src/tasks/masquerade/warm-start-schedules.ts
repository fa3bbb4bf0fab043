import type { SupervisedSchedule } from '../../task/warm-start';
import type { Level } from './levels';

type Model = 'conversation' | 'feedback' | 'safeguard';

/** How long each model of a level learns. A third of the conversation agent's examples are drills, and half of the feedback agent's. */
export const warmStartSchedules: Readonly<Record<Level, Readonly<Record<Model, SupervisedSchedule>>>> = {
  tiny: { conversation: schedule(1000, 48, 20), feedback: schedule(1000, 96, 20), safeguard: schedule(400, 64, 20) },
  standard: {
    conversation: schedule(1500, 96, 50),
    feedback: schedule(1000, 128, 50),
    safeguard: schedule(800, 96, 50),
  },
  hard: { conversation: schedule(1500, 96, 50), feedback: schedule(1200, 128, 50), safeguard: schedule(800, 96, 50) },
};

function schedule(steps: number, batch: number, warmupSteps: number): SupervisedSchedule {
  return { steps, batch, learningRate: 3e-3, warmupSteps, gradientClip: 1 };
}
