/** This project as a contender with a chat model, on the processor, in Node or in the page. */
import { blobSource } from '../../src/checkpoint/byte-source';
import { readGguf } from '../../src/checkpoint/gguf/read-gguf';
import { greedily, never, type Ours } from '../peers/ours';
import { chatSlots } from '../workloads';
import type { Place } from './contender';
import { modelName } from './model-name';

export interface OurChat {
  generate(prompts: readonly (readonly number[])[], newTokens: number): Promise<number[][]>;
  lead(place: Place): Promise<number>;
}

/** As a chat opens it, from a GGUF file, with room for prompts side by side. */
export async function openChat(ours: Ours, file: Blob): Promise<OurChat> {
  const { config, parameters } = (await readGguf(blobSource(file), modelName)).guest;
  const backend = await ours.open();
  const room = { ...chatSlots, advice: () => 'Take a smaller batch.' };
  const { decoder } = await backend.openDecoder({ config, parameters: parameters! }, room, { rules: never });
  console.info(`    ${ours.name} runs ${backend.adapter.description}`);
  return {
    generate: (prompts, newTokens) => greedily(decoder, prompts, newTokens),
    async lead({ ids, token, other }) {
      const logits = await decoder.next(ids);
      return logits[token] - logits[other];
    },
  };
}
