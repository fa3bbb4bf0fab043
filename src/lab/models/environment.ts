import { createTokenizer, type Tokenizer } from '../../tokenizer';
import { createMasquerade, type Judge, type Level, type OpenWorld, type World } from '../../tasks/masquerade';

/** A world, the words it is told in, and the judge who knows its law. */
export interface House {
  world: World;
  tokenizer: Tokenizer;
  judge: Judge;
}

/** A house whose world takes prompts from people. */
export interface OpenHouse extends House {
  world: OpenWorld;
}

const houses = new Map<Level, OpenHouse>();

/** The house of a level; made once, since nothing in it changes. */
export function house(level: Level): OpenHouse {
  const known = houses.get(level);
  if (known) return known;
  const world = createMasquerade(level);
  const made = { world, tokenizer: createTokenizer(world.vocabulary), judge: judgeOf(world) };
  houses.set(level, made);
  return made;
}

/** The world's own exact judgement, as the algorithm asks for it. */
export function judgeOf(world: Pick<World, 'judge'>): Judge {
  return { judge: (items) => Promise.resolve(items.map(({ prompt, answer }) => world.judge(prompt, answer))) };
}
