import type { GuestTokenizer } from '../../src/checkpoint/guest-tokenizer';
import type { ChatWorkload } from '../workloads';

/** Everyday sentences; a prompt begins with one of them and goes on with the next ones. */
const sentences = [
  'The old house at the end of the street has a red door and a small garden.',
  'Every morning the baker opens his shop before the sun comes up.',
  'My sister wants to learn how to play the piano this winter.',
  'The train to the city was late again because of the heavy snow.',
  'We walked along the river and talked about our plans for the summer.',
  'A good soup needs fresh vegetables, a little salt and a lot of time.',
  'The children built a tower of wooden blocks and then knocked it down.',
  'He wrote a long letter to his friend who lives on the other side of the world.',
  'The teacher asked the class to read the next chapter before Monday.',
  'There is a bridge over the valley that was built a hundred years ago.',
  'Rain fell all night, and in the morning the roads were full of water.',
  'She found an old map in the attic and showed it to her grandfather.',
  'The market is open on Saturday and sells apples, bread and cheese.',
  'Some birds fly south in the autumn and come back in the spring.',
  'The doctor told him to drink more water and to sleep longer.',
  'In the library there is a quiet room where people can study.',
  'The farmer has three dogs, two horses and a very loud rooster.',
  'They painted the kitchen yellow because it makes the room look warm.',
  'The moon was so bright that we could see the path through the forest.',
  'A machine that can add numbers was a great help to the merchants.',
  'The ship left the harbor at noon and turned toward the open sea.',
  'Her favorite book is about a young girl who talks to the wind.',
  'The museum shows paintings of people who lived here long ago.',
  'It takes about an hour to climb the hill behind the village.',
  'The music stopped, and everyone in the hall began to clap.',
  'He fixed the broken chair with a piece of wood and some glue.',
  'The scientist looked at the stars and wrote down their positions.',
  'On Sunday the family eats lunch together at a large round table.',
  'The new road is shorter, but the old one has a better view.',
  'A cat was sitting in the window and watching the people below.',
  'The shop sells clocks, and each of them shows a different time.',
  'When the lights went out, we told stories until it was late.',
  'The team trained hard all year and won the last game of the season.',
  'You can see the mountains from here when the air is clear.',
  'The gardener planted roses near the wall and tulips near the gate.',
  'It was a short film, but nobody in the room forgot it.',
  'The postman knows every dog in the street by its name.',
  'Before the bridge was built, people crossed the river in small boats.',
  'The soup was too hot, so she waited a few minutes and read the news.',
  'An honest answer is often shorter than a clever one.',
] as const;

/**
 * Prompts of exactly as many tokens as the workload wants, other ones in every run. Their texts have the same tokens again:
 * whoever takes texts reads the same.
 */
export function promptsOf(
  tokenizer: Pick<GuestTokenizer, 'encode' | 'decode'>,
  { batch, promptTokens }: Pick<ChatWorkload, 'batch' | 'promptTokens'>,
  run: number,
): number[][] {
  return Array.from({ length: batch }, (_, s) => {
    const from = (run * batch + s) % sentences.length;
    const text = [...sentences.slice(from), ...sentences.slice(0, from)].join(' ');
    const ids = tokenizer.encode(text, { special: false }).slice(0, promptTokens);
    const again = tokenizer.encode(tokenizer.decode(ids), { special: false });
    if (ids.length < promptTokens || again.join() !== ids.join()) {
      throw new Error(
        `Prompt ${s} of run ${run} is not ${promptTokens} tokens, as text and as ids. Mend its sentences.`,
      );
    }
    return ids;
  });
}
