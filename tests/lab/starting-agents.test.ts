import { describe, expect, it } from 'vitest';
import type { Guest } from '../../src/checkpoint/guest';
import { parseConfig, presets } from '../../src/lab/config';
import { modelFiles } from '../../src/lab/export/model-files';
import { modelZip } from '../../src/lab/export/model-zip';
import { describeOffer } from '../../src/lab/import/describe';
import { estimatesWithin } from '../../src/lm/backend/fit';
import { environmentOf } from '../../src/lab/models/environment';
import { modelConfig } from '../../src/lab/models/architecture';
import type { KeptRun } from '../../src/lab/run/run-format';
import { checkStarting, originWords, startingAgents } from '../../src/lab/models/starting-agents';
import { bytesSource } from '../../src/checkpoint/byte-source';
import { openZip } from '../../src/checkpoint/zip';
import { agentState, onnxAgent } from '../checkpoint/fixtures';

const { task, tokenizer } = environmentOf(presets.tiny.task);
const config = modelConfig('0.06M', tokenizer.size, task.limits);
const state = (seed: number) => agentState(seed, config);
const shipped = { conversation: state(1), feedback: state(2) };

function guest(seed: number, { alone = false } = {}): Guest {
  const { parameters } = state(seed);
  return {
    ...{ name: 'a friend', config, tokenizer: tokenizer.toJSON(), tokenizerConfig: {}, chatTemplate: null },
    ...{ parameters: alone ? null : parameters, onnx: alone ? onnxAgent(state(seed)).onnx : null, endTokens: [1] },
  };
}
const frozen = parseConfig({ ...presets.tiny, freeze: 'conversation' });

describe('a model that a run is to begin with', () => {
  const model = { name: 'a friend', config, engine: true, task: presets.tiny.task, role: null };
  const check = (run: typeof frozen, change: Partial<typeof model>, runtime: 'engine' | 'onnx' = 'engine') =>
    checkStarting(run, { conversation: { model: { ...model, ...change }, runtime } }, task.limits);

  it('plays its part where it can', () => {
    expect(() => check(presets.tiny, {})).not.toThrow();
    expect(() => check(frozen, { engine: false }, 'onnx')).not.toThrow();
    expect(() => check({ ...presets.tiny, stages: { one: 2, two: 0 } }, {}, 'onnx')).not.toThrow();
  });

  it('is refused where it cannot, in words that help', () => {
    const refusals = [
      [
        () => check(presets.tiny, { task: presets.standard.task }),
        /of masquerade standard. Choose an agent of masquerade tiny/,
      ],
      [() => check(presets.tiny, { task: null } as never), /words of its own/],
      [() => check(presets.tiny, { role: 'feedback' } as never), /made as the feedback agent/],
      [() => check(presets.tiny, { engine: false }), /ONNX weights alone/],
      [() => check(presets.tiny, {}, 'onnx'), /cannot learn. Set freeze to conversation, or set stages.two to 0/],
      [() => check(presets.tiny, { config: { ...config, max_position_embeddings: 20 } }), /reads 20 tokens/],
    ] as const;
    for (const [refused, words] of refusals) expect(refused).toThrow(words);
  });

  it('stands in for the shipped one, at the start of everything', () => {
    const { agents, onnx, origins } = startingAgents(shipped, {
      feedback: { model: guest(7), runtime: 'engine' },
    });
    expect(agents.conversation).toBe(shipped.conversation);
    expect(agents.feedback).toMatchObject({ updates: 0, parameters: state(7).parameters });
    expect(agents.feedback.reference).toEqual(state(7).parameters);
    expect(agents.feedback.firstMoment.some(Boolean)).toBe(false);
    expect([onnx, origins]).toEqual([undefined, { feedback: 'a friend' }]);
    expect(originWords(origins)).toEqual(['feedback from a friend']);
    expect(startingAgents(shipped, {})).toEqual({ agents: shipped });
  });

  it.each([true, false])('is left to ONNX Runtime as its file, written here where it has none: %s', (alone) => {
    const model = guest(7, { alone });
    const { agents, onnx } = startingAgents(shipped, { conversation: { model, runtime: 'onnx' } });
    expect(Object.keys(agents)).toEqual(['feedback']);
    expect(onnx).toEqual({ conversation: onnxAgent(state(7)) });
  });
});

describe('a run with an agent in ONNX Runtime', () => {
  const run: KeptRun = {
    ...{ run: 'r', name: 'mine', config: frozen, task: task.tag, tokenizer: tokenizer.toJSON() },
    ...{ step: 0, finished: false, metrics: [], evaluations: [], measured: [], counters: {} },
    provenance: { adapter: 'any', build: 'any', variants: {} },
    ...startingAgents(shipped, { conversation: { model: guest(7, { alone: true }), runtime: 'onnx' } }),
  };

  it('is exported with what there is of each', async () => {
    const files = modelFiles(run, 'conversation', 'onnx');
    expect(files['onnx/model.onnx']).toEqual(run.onnx!.conversation.onnx);
    const card = new TextDecoder().decode(files['README.md']);
    expect(card).toContain('did not change');
    expect(card).toContain('The conversation agent began as the imported model "a friend"');
    const folders = async (weights: 'onnx' | 'safetensors') => {
      const { paths } = await openZip(bytesSource(modelZip(run, weights)));
      return new Set(paths.map((path) => path.split('/')[0]));
    };
    expect(await folders('onnx')).toEqual(new Set(['conversation', 'feedback']));
    expect(await folders('safetensors')).toEqual(new Set(['feedback']));
    expect(() => modelFiles(run, 'conversation', 'safetensors')).toThrow(/ONNX weights alone/);
  });

  it('is described with what runs it', () => {
    const { models } = describeOffer(
      { kind: 'run', run },
      { estimates: estimatesWithin(Infinity), limits: () => task.limits },
    );
    expect(models.map(({ name, formats, own }) => [name, formats, own])).toEqual([
      ['feedback', ['F32'], { task: presets.tiny.task, role: 'feedback' }],
      ['conversation', ['ONNX'], { task: presets.tiny.task, role: 'conversation' }],
    ]);
  });
});
