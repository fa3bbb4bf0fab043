/** The floor's worker: agents dance here on a GPU device of their own, whatever is being trained meanwhile. */
import { GuestStore } from '../../src/checkpoint/guests';
import { RunStore } from '../../src/checkpoint/store';
import { runFormat } from '../../src/lab/run/run-format';
import { answerCalls } from '../answering';
import { ChatClient } from '../chat/client';
import { fetchBaseAgents } from '../trainer/base-agents';
import { FloorHost } from './host';
import { openModel } from './open';
import type { FloorCalls } from '../protocol/floor';

const host: FloorHost = new FloorHost({
  tell: (news) => tell(news),
  sources: {
    runs: new RunStore(runFormat),
    guests: new GuestStore(),
    baseAgents: (choice) => fetchBaseAgents(choice, () => undefined),
  },
  open: openModel,
  openChat: (words) => ChatClient.open(words),
});
const tell = answerCalls<FloorCalls>((question) => host.carryOut(question));
