/** The worker's side of `WorkerCalls`. */
import { wireError } from './trainer/answer';
import type { Answer, CallTable, Question } from './protocol/calls';

/**
 * Answers this worker's questions with what `work` gives or throws, and tells whatever nobody caught, instead of saying
 * nothing more. Answers what tells news.
 */
export function answerCalls<Calls extends CallTable<Calls>>(
  work: (question: Question<Calls>) => Promise<Calls[keyof Calls]['answer']>,
): (news: object) => void {
  const emit = (answer: Answer<Calls, object>) => {
    self.postMessage(answer);
  };
  const answer = async (question: Question<Calls>) => {
    const { id } = question;
    try {
      emit({ kind: 'answer', id, value: await work(question) });
    } catch (error) {
      emit({ kind: 'error', id, error: wireError(error) });
    }
  };
  self.addEventListener('message', ({ data }: MessageEvent<Question<Calls>>) => void answer(data));
  self.addEventListener('unhandledrejection', (event) => {
    emit({ kind: 'stopped', error: wireError(event.reason) });
  });
  return (news) => emit({ kind: 'news', news });
}
