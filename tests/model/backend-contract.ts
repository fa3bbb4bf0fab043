import { perRole } from '../../src/waltz/game/roles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presets, type RunConfig } from '../../src/lab/config';
import { runCapacity } from '../../src/lab/models/capacity';
import { openRunModels } from '../../src/lab/models/open-run-models';
import { supervisedExample } from '../../src/lab/models/pretrain';
import { StepMeter } from '../../src/lab/run/meter';
import { Run, type RunState } from '../../src/lab/run/run';
import { initialState } from '../../src/model/init';
import type { Backend, OpenedModels } from '../../src/model/backend';
import type { LlamaConfig } from '../../src/model/config';
import type { AgentState } from '../../src/model/state';
import type { TokenRules } from '../../src/model/token-rules';
import type { TrainableModel } from '../../src/model/trainable-model';
import { Random } from '../../src/random/philox';
import { generate, oracleState } from '../oracle/agent';
import { benignPrompt, harmfulPrompt, MiniatureTask, MiniatureTokenizer, REFUSAL, SIGTERM } from '../waltz/miniature';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
const rules = { endTokens: [tokenizer.id('<end>')] };
const shape: LlamaConfig = {
  vocab_size: tokenizer.size,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 8,
  max_position_embeddings: 96,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
};
/** One agent learns alone: the other one is asked for nothing. */
const config: RunConfig = {
  ...presets.tiny,
  ...{ seed: 5, method: 'single-model', stages: { one: 4, two: 16 } },
  rollout: { ...presets.tiny.rollout, batch: 32 },
  optimizer: { ...presets.tiny.optimizer, learning_rate: perRole(() => 1e-2) },
  evaluation: { ...presets.tiny.evaluation, every: 10, prompts: 4 },
};
const room = runCapacity(config, task.limits);

/** A prompt with an answer to it; both kinds are answered in both ways, by chance. */
function answered(step: number, i: number) {
  const random = new Random(1, 'warm-start', [step, i, 0]);
  const prompt = (random.chance(0.5) ? harmfulPrompt : benignPrompt)(`${random.pick(['crow', 'egg'])} ${i % 10}`);
  const target = `${random.chance(0.5) ? REFUSAL : SIGTERM} <end>`;
  return supervisedExample({ context: `<user> ${prompt.text} <assistant>`, target }, tokenizer);
}

const batchOf = (step: number) => Array.from({ length: 16 }, (_, i) => answered(step, i));

/** All that is in a state, as bytes. */
const bits = ({ parameters, firstMoment, secondMoment, reference, updates }: AgentState) =>
  Buffer.concat(
    [parameters, firstMoment, secondMoment, reference, new Float32Array([updates])].map(({ buffer }) =>
      Buffer.from(buffer),
    ),
  ).toString('base64');

/** What every backend has to be: open one of yours, which is closed behind the tests. */
export function describeBackend(name: string, open: () => Promise<Backend>): void {
  describe(name, () => {
    let backend: Backend;
    /** A model that says one thing or the other, whatever it is asked. */
    let warm: AgentState;

    beforeAll(async () => {
      backend = await open();
      const opened = await openModels({ only: initialState(shape, 1, 0) });
      for (let step = 0; step < 60; step++) {
        await opened.models.only.supervise(batchOf(step), { learningRate: 1e-2, gradientClip: 1 });
      }
      warm = { ...(await opened.models.only.save()) };
      warm.reference = warm.parameters.slice();
      opened.close();
    });
    afterAll(() => backend.close());

    const openModels = <Name extends string>(states: Record<Name, AgentState>): Promise<OpenedModels<Name>> =>
      backend.open(states, room, { rules });

    /** Opens a model for some work, and closes it after that. */
    async function withModel<Result>(state: AgentState, work: (model: TrainableModel) => Promise<Result>) {
      const opened = await openModels({ only: state });
      try {
        return await work(opened.models.only);
      } finally {
        opened.close();
      }
    }

    it('computes rightly', async () => {
      expect(await backend.selfCheck()).toMatchObject({ passed: true });
    });

    it('opens models in the states that they had, bit for bit, and tells what computes them', async () => {
      const other = { ...warm, updates: 7, parameters: warm.parameters.map((value) => value / 2) };
      const opened = await openModels({ one: warm, other });
      const states = await opened.states();
      expect([bits(states.one), bits(states.other)]).toEqual([bits(warm), bits(other)]);
      opened.models.one.load(other);
      expect(bits(await opened.models.one.save())).toBe(bits(other));
      const { adapter, build } = backend.provenance;
      expect(opened.provenance).toMatchObject({ adapter, build });
      expect(backend.estimate([shape, shape], room)).toEqual({ bytes: opened.bytes });
      opened.close();
    });

    it('learns from examples what it is to say', async () => {
      const lossOf = async (model: TrainableModel) => {
        const batch = batchOf(0);
        const scores = await model.score(batch.map(({ ids }) => ids));
        const weighted = scores.flatMap(({ logprobs }, s) => logprobs.map((x, i) => batch[s].weights[i + 1] * x));
        return -weighted.reduce((sum, logprob) => sum + logprob, 0);
      };
      const before = await withModel(initialState(shape, 1, 0), lossOf);
      const after = await withModel(warm, lossOf);
      expect(after).toBeLessThan(0.3 * before);
      // Scores change nothing.
      await withModel(warm, async (model) => {
        await lossOf(model);
        expect(bits(await model.save())).toBe(bits(warm));
      });
    });

    it('reads token by token what it generates and scores', async () => {
      const [{ ids: example }] = batchOf(3);
      const prompt = example.slice(0, example.lastIndexOf(tokenizer.id('<assistant>')) + 1);
      const draw = { seed: 1, stream: 'sampling', step: 0, rollouts: [0], phase: 0 } as const;
      const greedy = { maxNewTokens: 4, temperature: 0, draw };
      const { config, parameters } = warm;
      const lengths = { length: 40, advice: () => 'Never.' };
      const opened = await backend.openDecoder({ config, parameters }, lengths, { rules });
      await withModel(warm, async (model) => {
        const [{ ids, logprobs }] = await model.generate([prompt], greedy);
        const [score] = await model.score([ids]);
        const [decoded] = await opened.decoder.generate([prompt], greedy);
        expect(decoded.ids).toEqual(ids);
        for (let at = prompt.length; at < ids.length; at++) {
          expect(score.logprobs[at - 1]).toBeCloseTo(logprobs[at - prompt.length], 4);
          for (const reader of [model, opened.decoder]) {
            const logits = await reader.next(ids.slice(0, at));
            expect(logits.indexOf(Math.max(...logits))).toBe(ids[at]);
          }
        }
      });
      opened.close();
    });

    it('draws the tokens that the double-precision decoder draws', async () => {
      const prompts = [1, 2, 3].map((step) => batchOf(step)[0].ids.slice(0, 12));
      const draw = { seed: 3, stream: 'sampling', step: 2, rollouts: [7, 1, 4], phase: 0 } as const;
      const options = { maxNewTokens: 6, temperature: 0.7, draw };
      const drawn = await withModel(warm, (model) => model.generate(prompts, options));
      const expected = prompts.map((prompt, i) => generate(oracleState(warm), prompt, i, rules, options));
      // Where a draw falls on the border of two tokens, rounding may decide.
      expect(Math.min(...expected.flatMap(({ margins }) => margins))).toBeGreaterThan(1e-4);
      drawn.forEach(({ ids, logprobs }, i) => {
        expect(ids).toEqual(expected[i].ids);
        logprobs.forEach((logprob, at) => expect(logprob).toBeCloseTo(expected[i].logprobs[at], 4));
      });
    });

    it('ends at every end token, and draws none that is suppressed', async () => {
      const prompts = [1, 2, 3].map((step) => batchOf(step)[0].ids.slice(0, 12));
      const { config, parameters } = warm;
      const lengths = { length: 40, slots: 3, advice: () => 'Never.' };
      const draw = { seed: 3, stream: 'sampling', step: 2, rollouts: [7, 1, 4], phase: 0 } as const;
      const drawnUnder = async (rules: TokenRules, temperature: number) => {
        const opened = await backend.openDecoder({ config, parameters }, lengths, { rules });
        const completions = await opened.decoder.generate(prompts, { maxNewTokens: 8, temperature, draw });
        opened.close();
        return completions;
      };
      for (const temperature of [0, 1]) {
        const free = await drawnUnder({ endTokens: [] }, temperature);
        const drawn = free.map(({ ids }) => ids.slice(12));
        expect(drawn.map(({ length }) => length)).toEqual([8, 8, 8]);
        const endTokens = [drawn[0][3], drawn[1][1]];
        const ended = await drawnUnder({ endTokens }, temperature);
        ended.forEach(({ ids }, i) => {
          const at = drawn[i].findIndex((id) => endTokens.includes(id));
          expect(ids.slice(12)).toEqual(at < 0 ? drawn[i] : drawn[i].slice(0, at + 1));
        });
        const suppressing = { endTokens: [], suppressTokens: drawn[0] };
        const others = await drawnUnder(suppressing, temperature);
        others.forEach(({ ids, logprobs }, i) => {
          const expected = generate(oracleState(warm), prompts[i], i, suppressing, {
            maxNewTokens: 8,
            temperature,
            draw,
          });
          expect(Math.min(...expected.margins)).toBeGreaterThan(1e-4);
          expect(ids).toEqual(expected.ids);
          expect(ids.slice(12).some((id) => drawn[0].includes(id))).toBe(false);
          // Of the whole vocabulary: what is suppressed keeps its share.
          logprobs.forEach((logprob, at) => expect(logprob).toBeCloseTo(expected.logprobs[at], 4));
        });
      }
    });

    it('refuses what there is no room for, in the words that it was given, and opens nothing', async () => {
      const roomFor = (tokens: number) => ({
        ...{ ...room, training: { tokens, sequences: tokens / 8 } },
        advice: (most: number) => `At most ${most} tokens.`,
      });
      let tokens = 2 ** 10;
      while ('bytes' in backend.estimate([shape], roomFor(tokens))) tokens *= 2;
      const asked = roomFor(tokens);
      const need = backend.estimate([shape], asked);
      expect(need).toMatchObject({ refusal: expect.stringMatching(/At most \d+ tokens\./) as string });
      const { refusal } = need as { refusal: string };
      await expect(async () => await backend.open({ only: warm }, asked, { rules })).rejects.toThrow(refusal);
      const most = Number(/At most (\d+)/.exec(refusal)![1]);
      const fitting = { ...asked, training: { ...asked.training, microBatchTokens: most } };
      expect(backend.estimate([shape], fitting)).toHaveProperty('bytes');
    });

    /** Trains from a moment on, up to a step, measured or not. */
    async function train(
      from: { run: RunState | null; states: Record<string, AgentState> },
      until: number,
      on = false,
    ) {
      const around = { task, tokenizer };
      const opened = await openRunModels(backend, from.states, config, around, {});
      const { conversation, feedback } = opened.models;
      const meter = new StepMeter({ conversation, feedback }, opened.meter);
      meter.on = on;
      const parts = { ...around, judge: task.judge, agents: meter.agents };
      const run = from.run ? Run.resume(from.run, parts) : new Run(config, parts);
      const costs = [];
      while (run.completed < until) {
        if (run.evaluationDue) await run.recordEvaluation();
        costs.push((await meter.measure(() => run.step())).cost);
      }
      if (run.evaluationDue) await run.recordEvaluation();
      const states = await opened.states();
      opened.close();
      return { run: run.snapshot(), states, costs };
    }

    const comparable = ({ run, states }: Awaited<ReturnType<typeof train>>) => ({
      metrics: run.metrics.map((metrics) => ({ ...metrics, time: null })),
      evaluations: run.evaluations,
      states: [bits(states.conversation), bits(states.feedback)],
    });

    it('trains a run that gets better, goes on bit for bit, and is the same when it is watched', async () => {
      const start = { run: null, states: { conversation: warm, feedback: initialState(shape, 2, 0) } };
      const whole = await train(start, 20);
      const rewards = whole.run.metrics.map(({ reward_final }) => reward_final);
      const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
      expect(mean(rewards.slice(-4))).toBeGreaterThan(mean(rewards.slice(0, 4)) + 0.2);
      expect(bits(whole.states.feedback)).toBe(bits(start.states.feedback));
      expect(whole.states.conversation.updates).toBe(warm.updates + 20);

      const half = await train(start, 9, true);
      const resumed = await train(half, 20);
      expect(comparable(resumed)).toEqual(comparable(whole));
      for (const cost of half.costs) {
        expect(Object.keys(cost!.phases)).toEqual(['answers', 'update conversation']);
        expect(cost!.flops).toBeGreaterThan(0);
        expect(Object.values(cost!.memory).reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(0);
        expect(cost!.wall).toBeGreaterThan(0);
      }
      expect(whole.costs.every((cost) => cost === null)).toBe(true);
    });
  });
}
