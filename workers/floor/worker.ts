/** The floor's worker: agents dance here on a GPU device of their own, whatever is being trained meanwhile. */
import { RunStore } from '../../src/checkpoint/store';
import { runFormat } from '../../src/lab/run/run-format';
import { answerCalls } from '../answering';
import { ChatClient } from '../chat/client';
import { fetchBaseAgents } from '../trainer/base-agents';
import { openModelStores } from '../storage/stores';
import { FloorHost } from './host';
import { openModel } from './open';
import type { FloorCalls } from '../protocol/floor';

const host: FloorHost = new FloorHost({
  tell: (news) => tell(news),
  sources: {
    runs: new RunStore(runFormat),
    guests: openModelStores().guests,
    baseAgents: (choice) => fetchBaseAgents(choice, () => undefined),
  },
  open: openModel,
  openChat: (words) => ChatClient.open(words),
});
const tell = answerCalls<FloorCalls>((question) => host.carryOut(question));
