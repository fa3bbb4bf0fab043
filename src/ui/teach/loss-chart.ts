import type { Chart, Tone } from '../curves/charts';
import type { LossRow } from '../state/teaching.svelte';

/** How the lesson goes, in the colour of the agent that learns. */
export const lossChart = (tone: Tone): Chart<LossRow> => ({
  id: 'loss',
  title: 'Loss',
  meaning:
    'Mean cross-entropy in nats a token: of each step’s sequences, and of the part of the text that is held out.',
  scale: 'free',
  series: [
    { label: 'training', tone, of: ({ training }) => training },
    { label: 'held out', tone, dashed: true, sparse: true, of: ({ heldOut }) => heldOut },
  ],
});
