/** The worker that measures models on prompt files: on a GPU device of its own, whatever is being trained meanwhile. */
import { MeasurementStore } from '../../src/lab/measure/measurement-store';
import { answerCalls } from '../answering';
import { ChatClient } from '../chat/client';
import { readPromptsApart } from '../importing/reader';
import type { MeasuringCalls } from '../protocol/measuring';
import { openModelStores } from '../storage/stores';
import { MeasuringHost } from './host';
import { openAnswering } from './open';

const host: MeasuringHost = new MeasuringHost({
  tell: (news) => tell(news),
  guests: openModelStores().guests,
  measurements: new MeasurementStore(),
  open: openAnswering,
  openChat: (words) => ChatClient.open(words),
  readPrompts: readPromptsApart,
  judging: {
    fetch: (...request) => fetch(...request),
    unreachable:
      'Start it, and let it answer pages (CORS). A page reaches servers on this machine alone (localhost, 127.0.0.1) unless its host allows others (waltz serve --allow-host); the command line reaches any.',
  },
});
const tell = answerCalls<MeasuringCalls>((question) => host.carryOut(question));
