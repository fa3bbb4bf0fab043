/** The worker that reads one stranger's file: it holds nothing that matters, and is ended where it takes too long. */
import { readOffer, type Offer } from '../../src/lab/import/read';
import { readPromptFile } from '../../src/tasks/prompts';
import { answerCalls, carryOut } from '../answering';
import type { Handlers } from '../protocol/calls';
import type { ReadingCalls } from '../protocol/reading';

const handlers: Handlers<ReadingCalls> = {
  offer: ({ files }) => readOffer(files),
  prompts: ({ file }) => readPromptFile(file),
};

/** Weights are handed over: they may be most of the memory that there is. */
function weightsOf(offer: Offer): Transferable[] {
  const arrays =
    offer.kind === 'run'
      ? [
          ...Object.values(offer.run.agents).flatMap(({ parameters, firstMoment, secondMoment, reference }) => {
            return [parameters, firstMoment, secondMoment, reference];
          }),
          ...Object.values(offer.run.onnx ?? {}).map(({ onnx }) => onnx),
        ]
      : offer.guests.flatMap(({ guest: { parameters, onnx } }) => [parameters, onnx]);
  return [...new Set(arrays.flatMap((array) => (array ? [array.buffer] : [])))];
}

answerCalls<ReadingCalls>((question) => carryOut<ReadingCalls, keyof ReadingCalls>(handlers, question.kind, question), {
  transfer: (answer) => ('kind' in answer ? weightsOf(answer) : []),
});
