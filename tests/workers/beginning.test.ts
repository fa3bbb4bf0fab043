import { describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/checkpoint/onnx';
import type { Guest } from '../../src/checkpoint/guest';
import { wordsTokenizer } from '../../src/chat/words-tokenizer';
import { randomAgents } from '../../src/lab/models/initial-agents';
import { sizes } from '../../src/model/sizes';
import { baseState, config, environment, openTab, Profile, type Tab } from './stage';
import type { TrainerCalls } from '../../workers/protocol/trainer';

const frozen = { ...config, freeze: 'conversation' } as const;
const tokenizer = wordsTokenizer(['how']).toJSON();

/** A model whose first weight is this, kept as one of the world's. */
async function keep(tab: Tab, weight: number, { alone = false } = {}): Promise<string> {
  const { config: model, parameters } = baseState();
  parameters[0] = weight;
  const onnx = alone ? writeOnnx({ config: model, parameters }, { precision: 'f32' }) : null;
  const guest: Guest = {
    ...{ name: 'a friend', config: model, parameters: alone ? null : parameters, onnx, endTokens: [1] },
    ...{ tokenizer, tokenizerConfig: {}, chatTemplate: null },
  };
  const [id] = await tab.guests.keep([{ guest, origin: { task: config.task, role: null } }]);
  return id;
}

describe('a run that begins with random weights', () => {
  it('has them of its seed and size, and asks for no base agents', async () => {
    const tab = await openTab(new Profile());
    tab.faults.base = new Error('Nobody was to ask.');
    const random = { ...config, init: 'random' } as const;
    await tab.send({ kind: 'run.start', config: random, agents: {} });
    await tab.status('finished');
    const { agents, tokenizer, name } = await tab.store.load(tab.run);
    expect(name).toContain('random weights');
    const { conversation } = randomAgents(random, environment);
    expect(agents.conversation.config).toEqual(conversation.config);
    expect(conversation.config.hidden_size).toBe(sizes[config.model].hidden);
    expect(tokenizer).toEqual(environment.tokenizer.toJSON());
    // What stands in for an agent writes one weight alone.
    expect(agents.conversation.reference.subarray(1)).toEqual(conversation.parameters.subarray(1));
    const other = randomAgents({ ...random, seed: 8 }, environment);
    expect(other.conversation.parameters).not.toEqual(conversation.parameters);
  });
});

describe('a run that begins with a model that was taken in', () => {
  it('learns on from it, says so, and is found so again', async () => {
    const profile = new Profile();
    const tab = await openTab(profile);
    const model = await keep(tab, 0.5);
    await tab.send({ kind: 'run.start', config, agents: { feedback: { model, runtime: 'engine' } } });
    await tab.status('finished');
    expect(tab.of('run.opened').at(-1)).toMatchObject({
      name: expect.stringContaining('feedback from a friend') as string,
      origins: { feedback: 'a friend' },
    });
    const kept = await tab.store.load(tab.run);
    expect(kept.origins).toEqual({ feedback: 'a friend' });
    expect(kept.agents.feedback.reference[0]).toBe(0.5);
    expect(kept.agents.conversation.reference[0]).toBe(0);
    expect(kept.step).toBe(4);
  });

  it('keeps one that ONNX Runtime runs as it is, through a reload', async () => {
    const profile = new Profile();
    const tab = await openTab(profile);
    const model = await keep(tab, 0.5, { alone: true });
    const agents = { conversation: { model, runtime: 'onnx' } } as const;
    await tab.send({ kind: 'run.start', config: frozen, agents });
    await tab.status('finished');
    const { onnx, agents: own } = await tab.store.load(tab.run);
    expect(Object.keys(own)).toEqual(['feedback']);
    expect(own.feedback.updates).toBeGreaterThan(0);
    expect(onnx!.conversation.onnx).toEqual((await tab.guests.load(model)).onnx);
    await tab.send({ kind: 'run.stop' });
    const later = await openTab(profile);
    await later.send({ kind: 'run.restore', run: tab.run });
    await later.status('finished');
    expect(later.of('run.opened').at(-1)).toMatchObject({ step: 4, origins: { conversation: 'a friend' } });
    const { archive } = await later.ask('run.export', {});
    const other = await openTab();
    await other.import(archive);
    expect((await other.store.load(other.run)).onnx).toEqual(onnx);
  });

  it('is refused before anything is lost, and told so beforehand', async () => {
    const tab = await openTab();
    const model = await keep(tab, 0.5, { alone: true });
    const agents = { conversation: { model, runtime: 'onnx' } } as const;
    const estimate = async (asked: TrainerCalls['run.estimate']['asked']) => await tab.ask('run.estimate', asked);
    const { bytes } = (await estimate({ config: frozen, agents })) as { bytes: number };
    expect(((await estimate({ config })) as { bytes: number }).bytes).toBeGreaterThan(bytes);
    expect(await estimate({ config, agents })).toMatchObject({
      refusal: expect.stringContaining('cannot learn') as string,
    });
    const answer = await tab.send({ kind: 'run.start', config, agents });
    expect(answer).toMatchObject({ kind: 'error', error: { name: 'StartingAgentError' } });
    expect((await tab.store.list()).runs).toEqual([]);
    await tab.guests.remove(model);
    expect(await estimate({ config: frozen, agents })).toMatchObject({
      refusal: expect.stringContaining('no longer kept') as string,
    });
  });
});
