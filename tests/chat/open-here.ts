import type { OpenChat } from '../../src/chat/guest-chat';
import { TemplateFormat } from '../../src/chat/template';

/** A guest's chat in this process: tests of what uses it need no worker to end. */
export const openHere: OpenChat = (words) =>
  Promise.resolve(Object.assign(new TemplateFormat(words), { close: () => undefined }));
