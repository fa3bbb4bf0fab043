/** What a process of the bench does in Node, asked for call by call: it holds one model, and nobody else's threads. */
import { openAsBlob, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { presets, type PresetName } from '../../src/lab/config';
import { archiveName } from '../../src/lab/models/shipped';
import type { GenerationContender, TrainingContender } from '../contender';
import { openChat, type OurChat } from '../chat/ours';
import type { Place } from '../chat/contender';
import type { PrefillResult, RlResult } from '../document';
import * as plain from '../peers/onnx-runtime';
import { openGeneration, openTraining } from '../peers/ours';
import { measureRl } from '../rl';
import { start, type GenerationWorkload, type TrainingWorkload } from '../workloads';
import { ours, runtime, session } from './backend';
import { plainOnnx } from './names';
import { openOurLora } from './our-lora';
import { measurePrefill } from './prefill';

const say = (text: string) => console.error(text);

let trainer: TrainingContender | null = null;
let generator: GenerationContender | null = null;
let chat: OurChat | null = null;

export const work = {
  openTraining: async ({ size, sequences, length }: TrainingWorkload): Promise<void> => {
    trainer = await openTraining(ours, start(size, length + 1), { tokens: sequences * length, sequences });
  },
  train: (batch: readonly (readonly number[])[]): Promise<number> => trainer!.train(batch),

  openLora: async (path: string): Promise<void> => {
    trainer = await openOurLora(ours, path);
  },

  openGeneration: async ({ plainly, ...workload }: GenerationWorkload & { plainly: boolean }): Promise<void> => {
    const from = start(workload.size, workload.promptTokens + workload.newTokens);
    generator = plainly
      ? await plain.openGeneration(plainOnnx, runtime, session, from)
      : await openGeneration(ours, from, workload);
  },
  generate: ({
    prompts,
    newTokens,
  }: {
    prompts: readonly (readonly number[])[];
    newTokens: number;
  }): Promise<number[][]> => generator!.generate(prompts, newTokens),

  openChat: async (path: string): Promise<void> => {
    chat = await openChat(ours, await openAsBlob(path));
  },
  chat: ({ prompts, newTokens }: { prompts: readonly (readonly number[])[]; newTokens: number }): Promise<number[][]> =>
    chat!.generate(prompts, newTokens),
  lead: (place: Place): Promise<number> => chat!.lead(place),
  /** Bytes of this process, at most so far. */
  peak: (_: null): Promise<number> => Promise.resolve(1024 * process.resourceUsage().maxRSS),

  rl: ({ preset, runs }: { preset: PresetName; runs: number }): Promise<RlResult> => {
    const config = presets[preset];
    const file = new URL(`../../public/agents/${archiveName(config)}.waltz`, import.meta.url);
    return measureRl({ ours, config, archive: new Uint8Array(readFileSync(fileURLToPath(file))), runs, say });
  },

  prefill: (runs: number): Promise<PrefillResult> => measurePrefill(runs, say),
};

export type Work = typeof work;
export type WorkName = keyof Work;

export interface Call {
  name: WorkName;
  given: unknown;
}
export type Answer = { result: unknown } | { error: string };

/** Answers the calls of the process that started this one, in their order. */
export function answer(process: NodeJS.Process): void {
  process.on('message', ({ name, given }: Call) => {
    const asked = work[name] as (given: unknown) => Promise<unknown>;
    asked(given).then(
      (result) => send({ result }),
      (error: unknown) => send({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  const send = (told: Answer) => process.send!(told);
}
