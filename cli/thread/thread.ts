/** Answers the command line in a thread, which can be ended whatever it is at. */
import { parentPort } from 'node:worker_threads';
import { answerOn, carryOut, type ScopePort } from '../../workers/answering';
import { chatHandlers } from '../../workers/chat/handlers';
import type { Handlers } from '../../workers/protocol/calls';
import type { ThreadCalls } from './calls';
import { readModel } from './read-model';
import { withAdapter } from './with-adapter';

const handlers: Handlers<ThreadCalls> = {
  ...chatHandlers(),
  async model({ path, agent, lora }) {
    const model = await readModel(path, agent);
    return lora === null ? model : await withAdapter(model, lora);
  },
};
const port = parentPort as unknown as ScopePort & { start(): void };
answerOn<ThreadCalls>(port, (question) => carryOut<ThreadCalls, keyof ThreadCalls>(handlers, question.kind, question), {
  transfer: weightsOf,
});
port.start();

/** Weights are handed over: they may be most of the memory that there is. */
function weightsOf(answer: ThreadCalls[keyof ThreadCalls]['answer']): Transferable[] {
  if (typeof answer !== 'object' || answer === null || !('guest' in answer)) return [];
  const { parameters, onnx } = answer.guest;
  return [parameters, onnx].flatMap((array) => (array ? [array.buffer] : []));
}
