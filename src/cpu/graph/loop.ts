import type { ElementType } from '../../checkpoint/onnx-graph';
import { GraphBuilder } from './builder';

type Shape = readonly (number | string)[];

/** What a round passes on to the next one. */
interface State {
  initial: string;
  type: ElementType;
  shape: Shape;
}

interface Round {
  /** bool []: whether another one follows. */
  goesOn: string;
  /** In the order of the states. */
  states: readonly string[];
  /** What is kept of every round, in the order of `kept`. */
  kept: readonly string[];
}

interface Loop {
  /** i64 []: at most. */
  rounds: string;
  /** bool []: whether there is a first one. */
  goesOn: string;
  states: readonly State[];
  kept: readonly Pick<State, 'type' | 'shape'>[];
}

/** Repeats what `write` puts into the loop's body. Gives the states behind the last round, and what was kept, [rounds, …]. */
export function loop(
  g: GraphBuilder,
  { rounds, goesOn, states, kept }: Loop,
  write: (body: GraphBuilder, round: string, states: readonly string[]) => Round,
): { states: readonly string[]; kept: readonly string[] } {
  const body = new GraphBuilder('body', 'body.');
  const round = body.input('body.round', 'i64', []);
  body.input('body.goes_on', 'bool', []);
  const written = write(
    body,
    round,
    states.map(({ type, shape }, i) => body.input(`body.state.${i}`, type, shape)),
  );
  body.output('body.out.goes_on', written.goesOn, 'bool', []);
  states.forEach(({ type, shape }, i) => body.output(`body.out.state.${i}`, written.states[i], type, shape));
  kept.forEach(({ type, shape }, i) => body.output(`body.out.kept.${i}`, written.kept[i], type, shape));
  const initial = states.map((state) => state.initial);
  const results = g.ops('Loop', states.length + kept.length, [rounds, goesOn, ...initial], { body: body.graph });
  return { states: results.slice(0, states.length), kept: results.slice(states.length) };
}
