/** The worker that downloads models: it begins when it is first asked for, and nothing is fetched unasked. */
import { answerCalls, carryOut } from '../answering';
import type { HubCalls } from '../protocol/hub';
import { openModelStores } from '../storage/stores';
import { whyUnreachable } from './blocked';
import { HubHost } from './host';

const host = new HubHost({
  tell: (news) => tell(news),
  store: openModelStores().downloads,
  free: async () => {
    const { usage, quota } = await navigator.storage.estimate();
    return quota === undefined ? Infinity : quota - (usage ?? 0);
  },
  why: whyUnreachable,
});
const tell = answerCalls<HubCalls>((question) =>
  carryOut<HubCalls, keyof HubCalls>(host.handlers, question.kind, question),
);
