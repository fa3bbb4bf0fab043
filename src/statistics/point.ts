/** A method or an evaluation in the plane: two rates, of which less is better. */
export type Point = readonly [asr: number, orr: number];
