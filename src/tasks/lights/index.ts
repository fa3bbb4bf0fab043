import type { TaskFamily } from '../../task/task';
import { createLights } from './lights';

/** The smallest task: five words, one law. An example for whoever adds one (CONTRIBUTING.md, Add a task). */
export const lights: TaskFamily = {
  title: 'Lights',
  description: 'A row of lights, and whether to go: only the last light counts.',
  example: true,
  levels: [{ name: 'crossing', title: 'Crossing' }],
  create: createLights,
};
