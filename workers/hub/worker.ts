/** The worker that downloads models: it begins when it is first asked for, and nothing is fetched unasked. */
import { answerCalls, carryOut } from '../answering';
import type { HubCalls } from '../protocol/hub';
import { whyUnreachable } from './blocked';
import { HubHost } from './host';
import { ModelStore } from './store';

const host = new HubHost({
  tell: (news) => tell(news),
  store: new ModelStore(),
  free: async () => {
    const { usage, quota } = await navigator.storage.estimate();
    return quota === undefined ? Infinity : quota - (usage ?? 0);
  },
  why: whyUnreachable,
});
const tell = answerCalls<HubCalls>((question) =>
  carryOut<HubCalls, keyof HubCalls>(host.handlers, question.kind, question),
);
