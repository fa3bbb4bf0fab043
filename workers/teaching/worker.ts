/** The worker that teaches a guest: on a GPU device of its own, whatever is being trained meanwhile. */
import { answerCalls } from '../answering';
import { openBackend } from '../backend';
import { ChatClient } from '../chat/client';
import { openModelStores } from '../storage/stores';
import { TeachingHost } from './host';
import type { TeachingCalls } from '../protocol/teaching';

const host: TeachingHost = new TeachingHost({
  tell: (news) => tell(news),
  guests: openModelStores().guests,
  openBackend,
  openChat: (words) => ChatClient.open(words),
});
const tell = answerCalls<TeachingCalls>((question) => host.carryOut(question));
