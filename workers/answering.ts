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

/** The part of a worker's own scope that is used; a thread of Node's has the same as its `parentPort`. */
export interface ScopePort {
  postMessage(message: unknown, options: { transfer: Transferable[] }): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

interface AnsweringOptions<Calls extends CallTable<Calls>> {
  /** Whatever nobody caught is told as this news where the worker goes on, else as its end. */
  uncaught?: (error: WireError) => object;
  /** What of an answer is handed over instead of being copied. */
  transfer?: (value: Calls[keyof Calls]['answer']) => Transferable[];
}

/** Answers this worker's questions with what `work` gives or throws. Answers what tells news. */
export function answerCalls<Calls extends CallTable<Calls>>(
  work: (question: Question<Calls>) => Promise<Calls[keyof Calls]['answer']>,
  { uncaught, transfer = () => [] }: AnsweringOptions<Calls> = {},
): (news: object) => void {
  const tell = answerOn<Calls>(self, work, { transfer });
  self.addEventListener('unhandledrejection', (event) => {
    const error = wireError(event.reason);
    if (uncaught) tell.news(uncaught(error));
    else tell.stopped(error);
  });
  return tell.news;
}

/** The same over any port. */
export function answerOn<Calls extends CallTable<Calls>>(
  port: ScopePort,
  work: (question: Question<Calls>) => Promise<Calls[keyof Calls]['answer']>,
  { transfer = () => [] }: Pick<AnsweringOptions<Calls>, 'transfer'> = {},
): { news: (news: object) => void; stopped: (error: WireError) => void } {
  const emit = (answer: Answer<Calls, object>) => {
    port.postMessage(answer, { transfer: answer.kind === 'answer' ? transfer(answer.value) : [] });
  };
  port.addEventListener('message', ({ data }: MessageEvent<Question<Calls>>) => {
    void answer<Calls>(data.id, work(data), emit);
  });
  emit({ kind: 'ready' });
  return { news: (news) => emit({ kind: 'news', news }), stopped: (error) => emit({ kind: 'stopped', error }) };
}
