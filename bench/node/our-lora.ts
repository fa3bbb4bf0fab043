/** Ours as a contender at LoRA steps: the chat model from its GGUF file, as the command line reads it. */
import { openAsBlob } from 'node:fs';
import { blobSource } from '../../src/checkpoint/byte-source';
import { readGguf } from '../../src/checkpoint/gguf/read-gguf';
import { initialLora } from '../../src/model/lora-state';
import { modelName } from '../chat/model-name';
import { training, type TrainingContender } from '../contender';
import { never, type Ours } from '../peers/ours';
import { lora, loraWorkload } from '../workloads';

export async function openOurLora(ours: Ours, path: string): Promise<TrainingContender> {
  const { config, parameters } = (await readGguf(blobSource(await openAsBlob(path)), modelName)).guest;
  if (parameters === null) throw new Error(`${path} has no weights. Delete it: it is fetched again.`);
  const { sequences, length, tokensAtOnce } = loraWorkload;
  const backend = await ours.open();
  const capacity = {
    ...{ length, training: { tokens: sequences * length, sequences, microBatchTokens: tokensAtOnce } },
    ...{ generation: null, advice: () => 'Take a smaller workload.' },
  };
  const { models } = await backend.open({ ours: initialLora(config, lora, 1, 0) }, capacity, {
    rules: never,
    base: parameters,
  });
  return {
    name: ours.name,
    train: async (batch) => {
      const examples = batch.map((ids) => ({ ids, weights: ids.map(() => 1) }));
      return (await models.ours.supervise(examples, training)).loss;
    },
    dispose: () => backend.close(),
  };
}
