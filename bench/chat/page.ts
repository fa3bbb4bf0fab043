/** What a page does that has a chat model open: it holds one contender, which the command line asks through `window.bench`. */
import { oursOnCpu } from '../names';
import { transformersJs, wllama } from './names';
import type { Place } from './contender';

/** Where the bench's server has the model. */
export interface ChatFiles {
  gguf: string;
  /** A folder as transformers.js reads it. */
  onnx: string;
}

/** One prompt, for whoever takes ids and whoever takes texts. */
export interface ChatPrompt {
  ids: readonly number[];
  text: string;
}

/** What came behind each prompt: ids, or the text of `newTokens` of them. */
export type Continuation = readonly number[] | string;

export interface PageContender {
  generate(prompts: readonly ChatPrompt[], newTokens: number): Promise<Continuation[]>;
  lead?: (place: Place) => Promise<number>;
}

const openers: Record<string, (files: ChatFiles) => Promise<PageContender>> = {
  [oursOnCpu]: async ({ gguf }) => {
    const [{ openChat }, { ours }] = await Promise.all([import('./ours'), import('../peers/ours-cpu')]);
    const chat = await openChat(ours, await fetchFile(gguf));
    return {
      generate(prompts, newTokens) {
        const ids = prompts.map((prompt) => prompt.ids);
        return chat.generate(ids, newTokens);
      },
      lead: (place) => chat.lead(place),
    };
  },
  [wllama]: async ({ gguf }) => (await import('../peers/wllama')).openChat(await fetchFile(gguf)),
  [transformersJs]: async ({ onnx }) => (await import('../peers/transformers-js')).openChat(onnx),
};

let contender: PageContender | null = null;

export const pageChat = {
  async open({ name, files }: { name: string; files: ChatFiles }): Promise<void> {
    contender = await openers[name](files);
  },
  generate: ({ prompts, newTokens }: { prompts: ChatPrompt[]; newTokens: number }): Promise<Continuation[]> =>
    contender!.generate(prompts, newTokens),
  /** How many each contender gets. */
  threads: async (): Promise<number> => (await import('../../workers/cpu-backend')).threadsHere(),
  lead: (place: Place): Promise<number> => contender!.lead!(place),
  bytes,
};

async function fetchFile(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} did not load: the server answered ${response.status}.`);
  return response.blob();
}

/** Of this page and its workers, WebAssembly's memory too; Chromium alone tells, of an isolated page. */
async function bytes(): Promise<number | null> {
  const { measureUserAgentSpecificMemory: measure } = performance as Performance & {
    measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }>;
  };
  return measure ? (await measure.call(performance)).bytes : null;
}
