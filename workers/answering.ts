/** The worker's side of `WorkerCalls`. */
import { PATIENCE, type Answer, type CallTable, type Handlers, type Question } from './protocol/calls';
import type { WireError } from './protocol/errors';
import { wireError } from './wire-error';

/** Answers one question, once, and says before that it is taken where the work takes its time. */
export async function answer<Calls extends CallTable<Calls>>(
  id: number,
  work: Promise<Calls[keyof Calls]['answer']>,
  emit: (answer: Answer<Calls>) => void,
): Promise<void> {
  const timer = setTimeout(() => emit({ kind: 'taken', id }), PATIENCE);
  try {
    const value = await work;
    clearTimeout(timer);
    emit({ kind: 'answer', id, value });
  } catch (error) {
    clearTimeout(timer);
    emit({ kind: 'error', id, error: wireError(error) });
  }
}

/** Carries out a question by what is there for its kind. */
export async function carryOut<Calls extends CallTable<Calls>, Kind extends keyof Calls>(
  handlers: Handlers<Calls>,
  kind: Kind,
  asked: Calls[Kind]['asked'],
): Promise<Calls[Kind]['answer']> {
  return await handlers[kind](asked);
}

/**
 * Answers this worker's questions with what `work` gives or throws. Whatever nobody caught is told, instead of saying nothing
 * more: as this news where the worker goes on, else as its end. Answers what tells news.
 */
export function answerCalls<Calls extends CallTable<Calls>>(
  work: (question: Question<Calls>) => Promise<Calls[keyof Calls]['answer']>,
  uncaught?: (error: WireError) => object,
): (news: object) => void {
  const emit = (answer: Answer<Calls, object>) => {
    self.postMessage(answer);
  };
  const tell = (news: object) => emit({ kind: 'news', news });
  self.addEventListener('message', ({ data }: MessageEvent<Question<Calls>>) => {
    void answer<Calls>(data.id, work(data), emit);
  });
  self.addEventListener('unhandledrejection', (event) => {
    const error = wireError(event.reason);
    if (uncaught) tell(uncaught(error));
    else emit({ kind: 'stopped', error });
  });
  return tell;
}
