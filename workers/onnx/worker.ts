/** The worker of one ONNX model: opens it, then answers one question at a time, since sessions do not run side by side. */
import type { OnnxDecoder } from '../../src/onnx/decoder';
import { answerCalls } from '../answering';
import type { Question } from '../protocol/calls';
import { Turns } from '../turns';
import type { Calls } from '../protocol/onnx';
import { openDecoder } from './runtime';

let opened: OnnxDecoder | null = null;
const turns = new Turns();

async function work(question: Question<Calls>): Promise<Calls[keyof Calls]['answer']> {
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

answerCalls<Calls>((question) => turns.take(() => work(question)));
