/**
 * Longest texts of a task in tokens; buffers are planned from these. An answer's and a feedback's end token is counted,
 * role tokens are not.
 */
export interface Limits {
  prompt: number;
  answer: number;
  feedback: number;
  /** The advice string alone. */
  advice: number;
}
