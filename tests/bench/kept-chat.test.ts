/** What is claimed of a real chat model, of the kept run. Ratios of medians in one run: how fast the machine was falls out. */
import { describe, expect, it, type TestContext } from 'vitest';
import { transformersJs, wllama } from '../../bench/chat/names';
import type { ChatResult } from '../../bench/document';
import { kept } from '../../bench/kept';
import { oursOnCpu } from '../../bench/names';
import { pytorch } from '../../bench/node/names';
import type { ChatWorkload } from '../../bench/workloads';

const { chat, node } = kept('swiftshader');

/** A run of before a chat model was measured says nothing of it, nor does one that could not get the model. */
function measured(result: ChatResult | undefined, { skip }: TestContext): ChatResult {
  skip(result === undefined, 'the kept run has no chat model in it yet: npm run bench -- --keep --python');
  skip(result!.missing !== null, `there was no model: ${result!.missing}`);
  return result!;
}

const contestOf = ({ contests }: ChatResult, what: ChatWorkload['what'], batch: number) =>
  contests.find(({ workload }) => workload.what === what && workload.batch === batch)!;
const rateOf = (result: ChatResult, what: ChatWorkload['what'], batch: number, wanted: string) =>
  contestOf(result, what, batch).contenders.find(({ name }) => name === wanted)!.tokensPerSecond;
const openedAfter = ({ contests }: ChatResult) =>
  contests[0].contenders.find(({ name }) => name === oursOnCpu)!.firstSeconds;

describe('a chat model, in the kept run', () => {
  it('is the same to everyone in the page', (context) => {
    for (const { workload, contenders, failed } of measured(chat, context).contests) {
      expect(failed).toEqual([]);
      // wllama sits out of batches.
      const all = [oursOnCpu, ...(workload.batch === 1 ? [wllama] : []), transformersJs];
      expect(contenders.map(({ name }) => name)).toEqual(all);
      for (const { agrees } of contenders) expect(agrees).toBe(true);
    }
  });

  it('reads prompts in the page at three times the rate of wllama', (context) => {
    const page = measured(chat, context);
    const share = rateOf(page, 'prompt', 1, oursOnCpu) / rateOf(page, 'prompt', 1, wllama);
    expect(share).toBeGreaterThanOrEqual(3);
  });

  it('answers in the page as fast as wllama', (context) => {
    const page = measured(chat, context);
    expect(rateOf(page, 'answer', 1, oursOnCpu) / rateOf(page, 'answer', 1, wllama)).toBeGreaterThanOrEqual(1);
  });

  it('answers 32 prompts in the page at five times the rate at which wllama answers one', (context) => {
    const page = measured(chat, context);
    expect(rateOf(page, 'answer', 32, oursOnCpu) / rateOf(page, 'answer', 1, wllama)).toBeGreaterThanOrEqual(5);
  });

  it.for([
    ['prompt', 1],
    ['prompt', 32],
    ['answer', 1],
    ['answer', 32],
  ] as const)('in Node, each %s of a batch of %i comes as fast as from PyTorch', ([what, batch], context) => {
    const inNode = measured(node?.chat, context);
    const absent = contestOf(inNode, what, batch).satOut.find(({ name }) => name === pytorch);
    context.skip(absent !== undefined, `PyTorch sat out: ${absent?.why}`);
    const share = rateOf(inNode, what, batch, oursOnCpu) / rateOf(inNode, what, batch, pytorch);
    expect(share).toBeGreaterThanOrEqual(1);
  });

  it('learns through adapters in Node at 0.8 of the rate of PEFT', ({ skip }) => {
    const lora = node?.lora;
    skip(lora === undefined, 'the kept run has no adapters in it yet: npm run bench -- --keep --python');
    skip(lora!.missing !== null, `there was no model: ${lora!.missing}`);
    const absent = lora!.satOut.find(({ name }) => name === pytorch);
    skip(absent !== undefined, `PyTorch sat out: ${absent?.why}`);
    const rate = (wanted: string) => lora!.contenders.find(({ name }) => name === wanted)!.tokensPerSecond;
    expect(rate(oursOnCpu) / rate(pytorch)).toBeGreaterThanOrEqual(0.8);
  });

  it('is opened to its first token within 15 seconds in Node', (context) => {
    expect(openedAfter(measured(node?.chat, context))).toBeLessThanOrEqual(15);
  });

  it('is opened to its first token within 25 seconds in the page', (context) => {
    expect(openedAfter(measured(chat, context))).toBeLessThanOrEqual(25);
  });
});
