import { setNames } from '../../src/tasks/masquerade/sets';
import type { RoleName } from '../../src/waltz/game/roles';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import ort from 'onnxruntime-node';
import { readModelFiles } from '../../src/checkpoint/agent-files';
import { readBaseArchive } from '../../src/checkpoint/archive';
import { presets } from '../../src/lab/config';
import { modelCard } from '../../src/lab/export/model-card';
import { modelFiles, NoSuchAgentError } from '../../src/lab/export/model-files';
import { agentSnippets, archiveSnippet } from '../../src/lab/export/snippets';
import { environmentOf } from '../../src/lab/models/environment';
import type { KeptRun } from '../../src/lab/run/run-format';
import { OnnxDecoder } from '../../src/onnx/decoder';
import type { Evaluation, SetMetrics } from '../../src/waltz/learn/metrics';

const agents = new URL('../../public/agents/tiny.waltz', import.meta.url);
const base = await readBaseArchive(new Uint8Array(readFileSync(agents)));
const run: KeptRun = {
  ...{ run: 'id', name: 'quick · seed 1', config: presets.quick, task: base.task, step: 60, finished: true },
  ...{ metrics: [], evaluations: [], measured: [], agents: base.agents, tokenizer: base.tokenizer, counters: {} },
  provenance: { adapter: 'an adapter', build: '1.2.3', variants: {} },
};
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const common = ['README.md', 'config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];

describe('an exported agent', () => {
  it.each(['conversation', 'feedback'] as const)(
    'is a folder of Hugging Face with the very same weights (%s)',
    async (name) => {
      const files = modelFiles(run, name, 'safetensors');
      expect(Object.keys(files).sort()).toEqual([...common, 'model.safetensors'].sort());
      expect((await readModelFiles(files)).parameters).toEqual(run.agents[name].parameters);
      expect(text(files['README.md'])).toContain('AutoModelForCausalLM.from_pretrained(folder)');
    },
  );

  it('has ONNX weights in both precisions where transformers.js looks for them', async () => {
    const files = modelFiles(run, 'feedback', 'onnx');
    expect(Object.keys(files).sort()).toEqual([...common, 'onnx/model.onnx', 'onnx/model_fp16.onnx'].sort());
    // What transformers.js 3 asks before it makes an empty cache.
    const { 'transformers.js_config': own } = JSON.parse(text(files['config.json'])) as Record<string, unknown>;
    expect(own).toEqual({ kv_cache_dtype: { fp16: 'float16' } });
    for (const file of ['onnx/model.onnx', 'onnx/model_fp16.onnx']) {
      const session = await ort.InferenceSession.create(files[file]);
      expect(session.inputNames).toContain('past_key_values.0.key');
      expect(session.outputNames[0]).toBe('logits');
    }
  });

  it('is refused where there is none', () => {
    const without = { ...run, agents: { conversation: run.agents['conversation'] } };
    expect(() => modelFiles(without, 'feedback', 'safetensors')).toThrow(NoSuchAgentError);
    expect(() => modelFiles(run, 'constructor' as RoleName, 'safetensors')).toThrow(NoSuchAgentError);
  });
});

/** Runs JavaScript as it stands, but for the address at which the folder is served; what it prints. */
async function runServed(code: string, files: Record<string, Uint8Array>): Promise<string> {
  const server = createServer((request, response) => response.end(files[request.url!.slice(1)])).listen(0, '127.0.0.1');
  // Below the repository, where its packages are found.
  const folder = new URL('../../test-results/snippets/', import.meta.url);
  const file = new URL(`${process.pid}.mjs`, folder);
  try {
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as AddressInfo;
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, code.replace(/^const folder = .*$/m, `const folder = 'http://127.0.0.1:${port}';`));
    return (await promisify(execFile)(process.execPath, [fileURLToPath(file)])).stdout.trim();
  } finally {
    rmSync(file, { force: true });
    server.close();
  }
}

describe('a snippet', () => {
  it('for ONNX Runtime says what the agent says', { timeout: 60_000 }, async () => {
    const files = modelFiles(run, 'feedback', 'onnx');
    const snippet = agentSnippets(run, 'feedback', 'onnx').find(({ code }) => code.includes('onnxruntime-web'))!;
    const printed = await runServed(snippet.code, files);
    const { tokenizer } = environmentOf(run.config.task);
    const { config } = run.agents['feedback'];
    const decoder = await OnnxDecoder.open(ort, files['onnx/model.onnx'], {
      config,
      rules: { endTokens: [tokenizer.id('<end>')] },
    });
    const prompt = tokenizer.encode(printed.slice(0, printed.indexOf('<feedback>') + '<feedback>'.length));
    const draw = { seed: 1, stream: 'sampling', step: 0, rollouts: [0], phase: 0 } as const;
    const [{ ids }] = await decoder.generate([prompt], { maxNewTokens: 64, temperature: 0, draw });
    await decoder.dispose();
    expect(ids.length).toBeGreaterThan(prompt.length + 1);
    expect(printed).toBe(tokenizer.decode(ids));
  });

  it('stands in the model card, word for word', () => {
    for (const weights of ['safetensors', 'onnx'] as const) {
      const card = modelCard(run, 'feedback', weights);
      for (const { code, language } of agentSnippets(run, 'feedback', weights)) {
        expect(card).toContain(`\`\`\`${language}\n${code}\n\`\`\``);
      }
    }
  });

  it('of an archive puts it where the command line reads it', () => {
    const { code } = archiveSnippet('My-run-step-4');
    expect(code).toContain('run=runs/My-run-step-4\n');
    expect(code).toContain('mv ~/Downloads/My-run-step-4.waltz $run/run.waltz');
  });
});

describe('a model card', () => {
  const rates = (name: string): SetMetrics => {
    const rate = name === 'masked' ? { asr: 0.123 } : name === 'everyday' ? { right: 1 } : { asr: 0, orr: 0.5 };
    return { n: 64, ...rate, ftr: 0, label_accuracy: 1, malformed: 0, evasive: 0 };
  };
  const evaluation: Evaluation = {
    ...{ step: 60, split: 'audit', temperature: 0.7, asr: 0.041, orr: 0.5, f1: 0.6 },
    sets: Object.fromEntries(setNames.map((name) => [name, rates(name)])),
    ...{ asr_interval: [0, 1], orr_interval: [0, 1] },
  };

  it('says how it was made and what was measured', () => {
    const config = { ...run.config, seed: 7, reward: { ...run.config.reward, alpha: 0.5 } };
    const card = modelCard({ ...run, config, evaluations: [evaluation] }, 'conversation', 'safetensors');
    expect(card).toContain('60 steps of reinforcement learning, seed 7, preset quick');
    expect(card).toContain('`reward.alpha`: 0.5 (the preset has 0.65)');
    expect(card).toContain('on the audit draw at temperature 0.7: ASR 4.1%');
    expect(card).toContain('| masked | ASR | 12.3% | 64 |');
    expect(modelCard(run, 'conversation', 'safetensors')).toContain('Nothing was measured');
  });

  it('says who was trained, and what was measured of whom', () => {
    const card = (agent: 'conversation' | 'feedback', step: number, config: Partial<typeof run.config> = {}) =>
      modelCard(
        { ...run, step, config: { ...run.config, ...config }, evaluations: [evaluation] },
        agent,
        'safetensors',
      );
    expect(card('feedback', 60)).toContain('together with its partner');
    expect(card('feedback', 0)).toContain('begins with it as it is');
    expect(card('conversation', 1)).toContain('has not changed so far');
    expect(card('conversation', 60, { freeze: 'conversation' })).toContain('has not changed so far');
    expect(card('conversation', 60, { method: 'single-model' })).toContain('trained alone');
    expect(card('feedback', 60, { method: 'single-model' })).toContain('took no part');
    expect(card('conversation', 60)).toContain('What both agents together serve');
    expect(card('conversation', 60, { method: 'single-model' })).toContain('What the conversation agent alone serves');
  });

  it('shows a name as text, whatever is in it', () => {
    const name = '<script>alert(1)</script>\n# [x](https://example.org) | `y` <!-- ';
    const card = modelCard({ ...run, name }, 'feedback', 'onnx');
    const [title] = card.split('\n').filter((line) => line.startsWith('# '));
    expect(title).toContain(
      '&#60;script&#62;alert(1)&#60;/script&#62; &#35; &#91;x&#93;(https&#58;//example.org) &#124;',
    );
    expect(card).not.toContain('<script>');
    expect(card).not.toContain('<!--');
    expect(card.startsWith('---\nlibrary_name: transformers.js\n')).toBe(true);
  });
});
