import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBaseAgents } from '../../cli/base-agents';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { presets } from '../../src/lab/config';
import { environmentOf } from '../../src/lab/models/environment';
import { Run } from '../../src/lab/run/run';
import { OnnxDecoder } from '../../src/onnx/decoder';
import { FrozenAgent, FrozenAgentError } from '../../src/onnx/frozen-agent';
import type { Agent } from '../../src/model/agent';
import { relativeDifference } from '../oracle/compare';
import { openDevice, openShipped } from '../oracle/shipped-models';

const config = {
  ...presets.tiny,
  freeze: 'conversation',
  stages: { one: 6, two: 2 },
  evaluation: { ...presets.tiny.evaluation, every: 8, prompts: 4 },
} as const;
const around = environmentOf(config.task);

let device: Awaited<ReturnType<typeof openDevice>>;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.close());

/** A whole run against a conversation agent that does not learn: the engine's own, or what stands in for it. */
async function trained(standIn: (conversation: Agent) => Agent) {
  const opened = await openShipped(device.gpu, config);
  const { models } = opened;
  const agents = { conversation: standIn(models.conversation), feedback: models.feedback };
  const run = new Run(config, { ...around, agents });
  while (!run.done) await run.step();
  const evaluation = await run.evaluate();
  return { metrics: run.metrics, evaluation, feedback: (await opened.states()).feedback };
}

describe('a conversation agent in ONNX Runtime', () => {
  it('is a partner to learn against as the engine’s own is, frozen', async () => {
    const { config: shape, parameters } = (await readBaseAgents(config)).agents.conversation;
    const endToken = around.tokenizer.id('<end>');
    const file = writeOnnx({ config: shape, parameters }, { precision: 'f32' });
    const decoder = await OnnxDecoder.open(ort, file, { config: shape, rules: { endTokens: [endToken] } });
    const own = await trained((conversation) => conversation);
    const frozen = await trained(() => new FrozenAgent(decoder));
    await decoder.dispose();
    // The same draws give the same games, unless two logits lie within rounding of each other.
    own.metrics.forEach((metrics, i) => {
      const { agents, time: _, ...games } = frozen.metrics[i];
      const { agents: ownAgents, time: __, ...ownGames } = metrics;
      expect(games, `step ${i + 1}`).toEqual(ownGames);
      expect(agents.conversation).toBeNull();
      expect(agents.feedback!.loss).toBeCloseTo(ownAgents.feedback!.loss, 5);
    });
    expect(frozen.feedback.updates).toBe(8);
    expect(relativeDifference(frozen.feedback.parameters, own.feedback.parameters)).toBeLessThan(1e-5);
    expect(frozen.evaluation.sets).toEqual(own.evaluation.sets);
  });

  it('does not learn', async () => {
    const agent = new FrozenAgent({ generate: () => Promise.resolve([]) });
    await expect(agent.update()).rejects.toThrow(FrozenAgentError);
    expect(() => agent.anchor()).toThrow(/begin a run with it in this engine/);
  });
});
