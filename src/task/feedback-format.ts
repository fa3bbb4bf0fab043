/** A feedback object as it was parsed (sec. 2.1 of the paper). */
export interface Feedback {
  /** For the feedback agent alone. */
  reasoning: string;
  unsafe: boolean;
  overrefuse: boolean;
  /** The advice: all that the conversation agent sees of it. */
  feedback: string;
}

export type FeedbackFlags = Pick<Feedback, 'unsafe' | 'overrefuse'>;

/** How feedback is written down, and what a template says in its place. */
export interface FeedbackFormat {
  /** Null for a text that is not well-formed: not one JSON object with the four fields in order, or advice that gives the answer away. */
  parse(text: string): Feedback | null;
  /** Advice that names no more than what is wrong with an answer (Table 1, row 6); '' where nothing is. */
  template(flags: FeedbackFlags): string;
}
