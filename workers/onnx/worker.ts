/** The worker of one ONNX model: opens it, then answers one question at a time, since sessions do not run side by side. */
import type { OnnxDecoder } from '../../src/onnx/decoder';
import { wireError } from '../answer';
import type { Answer, Calls, Question } from './protocol';
import { openDecoder } from './runtime';

let opened: OnnxDecoder | null = null;
let last = Promise.resolve();

function emit(answer: Answer): void {
  self.postMessage(answer);
}

async function work(question: Question): Promise<Calls[keyof Calls]['answer']> {
  if (question.kind === 'open') {
    const { file, ...model } = question;
    const { decoder, running } = await openDecoder(file, model);
    opened = decoder;
    return running;
  }
  // The client asks for nothing before this one is open.
  const decoder = opened!;
  return question.kind === 'next'
    ? await decoder.next(question.ids)
    : await decoder.generate(question.prompts, question.options);
}

async function answer(question: Question): Promise<void> {
  const { id } = question;
  try {
    emit({ kind: 'answer', id, value: await work(question) });
  } catch (error) {
    emit({ kind: 'error', id, error: wireError(error) });
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Question>) => {
  last = last.then(() => answer(data));
});

// Whatever nobody caught still reaches the client, instead of a worker that says nothing more.
self.addEventListener('unhandledrejection', (event) => {
  emit({ kind: 'stopped', error: wireError(event.reason) });
});
