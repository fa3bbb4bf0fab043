import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readBaseArchive, readRunArchive, writeBaseArchive, writeRunArchive } from '../../src/checkpoint/archive';
import {
  ArchiveDamagedError,
  ArchiveError,
  ArchiveTooLargeError,
  ArchiveVersionError,
  NotAnArchiveError,
} from '../../src/checkpoint/archive-errors';
import { hashes } from '../../src/checkpoint/manifest';
import { AgentFilesError } from '../../src/checkpoint/folder';
import { OnnxFileError } from '../../src/checkpoint/onnx-outline';
import { agentState, format, onnxAgent, snapshot } from './fixtures';

type Parts = Record<string, Uint8Array>;
const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** An archive whose parts were changed, with hashes that fit again unless `stale`: a forgery, not an accident. */
async function forge(change: (parts: Parts) => void, stale = false): Promise<Uint8Array> {
  return await forgeOf(await writeRunArchive(snapshot('r', 12), format), change, stale);
}

async function forgeOf(archive: Uint8Array, change: (parts: Parts) => void, stale = false): Promise<Uint8Array> {
  const parts: Parts = unzipSync(archive);
  change(parts);
  const { 'manifest.json': manifest, ...rest } = parts;
  if (manifest && !stale) parts['manifest.json'] = encode({ ...decode(manifest), parts: await hashes(rest) });
  return zipSync(parts);
}
const edit = (change: (manifest: Record<string, unknown>) => void) => (parts: Parts) => {
  const manifest = decode(parts['manifest.json']);
  change(manifest);
  parts['manifest.json'] = encode(manifest);
};

describe('a run as an archive', () => {
  it('gives the same run back', async () => {
    const run = snapshot('r', 12);
    expect(await readRunArchive(await writeRunArchive(run, format), format)).toEqual(run);
  });

  it('gives back what ONNX Runtime runs, and what its agents were at first', async () => {
    const { agents, ...rest } = snapshot('r', 12);
    const { conversation, feedback } = agents;
    const run = {
      ...rest,
      agents: { feedback },
      onnx: { conversation: onnxAgent(conversation) },
      origins: { conversation: 'a <b>friend</b>' },
    };
    const archive = await writeRunArchive(run, format);
    expect(await readRunArchive(archive, format)).toEqual(run);
    expect(Object.keys(unzipSync(archive))).toContain('agents/conversation/onnx/model.onnx');
  });

  it('takes no ONNX file that is no decoder of its config, or is not there', async () => {
    const { agents, ...rest } = snapshot('r', 12);
    const run = { ...rest, agents: {}, onnx: { conversation: onnxAgent(agents.conversation) } };
    const file = 'agents/conversation/onnx/model.onnx';
    const archive = await writeRunArchive({ ...run, agents: { feedback: agents.feedback } }, format);
    for (const [change, error] of [
      [(parts: Parts) => (parts[file] = parts[file].slice(0, 100)), OnnxFileError],
      [(parts: Parts) => void Reflect.deleteProperty(parts, file), AgentFilesError],
    ] as const) {
      await expect(readRunArchive(await forgeOf(archive, change), format)).rejects.toThrow(error);
    }
  });

  it('is the same bytes for the same state, and other bytes for another', async () => {
    const write = async (step: number) => Buffer.from(await writeRunArchive(snapshot('r', step), format));
    const first = await write(12);
    expect(first.equals(await write(12))).toBe(true);
    expect(first.equals(await write(13))).toBe(false);
  });

  it('holds a Hugging Face folder per agent', async () => {
    const parts = Object.keys(unzipSync(await writeRunArchive(snapshot('r', 1), format)));
    for (const agent of ['conversation', 'feedback']) {
      for (const file of ['config.json', 'model.safetensors', 'tokenizer.json', 'generation_config.json']) {
        expect(parts).toContain(`agents/${agent}/${file}`);
      }
    }
  });

  it('is not written once the run has diverged', async () => {
    const run = snapshot('r', 1);
    const diverged = { ...run, metrics: [{ step: 1, loss: NaN }] };
    await expect(writeRunArchive(diverged, format)).rejects.toThrow(/loss is NaN.*diverged/);
  });
});

describe('base agents', () => {
  const { task, tokenizer, provenance } = snapshot('r', 0);
  const base = { task, tokenizer, provenance, recipe: { seed: 1 }, agents: { conversation: agentState(1) } };

  it('start a run: moments zero, themselves the reference', async () => {
    const read = await readBaseArchive(await writeBaseArchive(base));
    const { parameters, config } = base.agents.conversation;
    const zero = new Float32Array(parameters.length);
    const state = { config, parameters, firstMoment: zero, secondMoment: zero, reference: parameters, updates: 0 };
    expect(read).toEqual({ ...base, agents: { conversation: state } });
  });

  it('are told from runs', async () => {
    await expect(readRunArchive(await writeBaseArchive(base), format)).rejects.toThrow(/holds base agents/);
    await expect(readBaseArchive(await writeRunArchive(snapshot('r', 1), format))).rejects.toThrow(/holds a run/);
  });

  it('refuse a name that could leave their folder', async () => {
    const agents = { '../x': agentState(1) };
    await expect(writeBaseArchive({ ...base, agents })).rejects.toThrow(ArchiveError);
  });
});

describe('files that are refused', () => {
  it.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('<!doctype html><title>Not found</title>'.repeat(50))],
    ['a foreign zip', zipSync({ 'word/document.xml': new Uint8Array(10) })],
    ['a zip with some manifest', zipSync({ 'manifest.json': encode({ name: 'app', version: 1 }) })],
    ['an empty zip', zipSync({})],
  ])('%s', async (_, bytes) => {
    await expect(readRunArchive(bytes, format)).rejects.toThrow(NotAnArchiveError);
  });

  it('one that was cut off, anywhere', async () => {
    const bytes = await writeRunArchive(snapshot('r', 2), format);
    for (let part = 0; part < 20; part++) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * part) / 20));
      await expect(readRunArchive(cut, format)).rejects.toThrow(ArchiveError);
    }
    await expect(readRunArchive(bytes.subarray(0, -1), format)).rejects.toThrow(ArchiveError);
  });

  it('one with a flipped bit in the weights', async () => {
    const flip = (parts: Parts) => {
      const model = parts['agents/feedback/model.safetensors'];
      model[model.length - 3] ^= 1;
    };
    const bytes = await forge(flip, true);
    await expect(readRunArchive(bytes, format)).rejects.toThrow(/feedback\/model.safetensors.*changed or damaged/);
  });

  it('newer and older ones, saying which side to update', async () => {
    const version = (key: string, value: number) => forge(edit((manifest) => (manifest[key] = value)));
    await expect(readRunArchive(await version('version', 3), format)).rejects.toThrow(/format is version 3.*Reload/);
    await expect(readRunArchive(await version('config_version', 1), format)).rejects.toThrow(
      /config is version 1.*wrote/,
    );
    await expect(readRunArchive(await version('version', 3), format)).rejects.toThrow(ArchiveVersionError);
  });

  /** Changes the lines of its metrics. */
  const lines = (parts: Parts, change: (all: string[]) => string[]) => {
    const all = new TextDecoder().decode(parts['metrics.jsonl']).trimEnd().split('\n');
    parts['metrics.jsonl'] = new TextEncoder().encode(`${change(all).join('\n')}\n`);
  };

  const named: [string, (parts: Parts) => void, RegExp][] = [
    ['without a config', (parts) => delete parts['config.json'], /lacks config.json/],
    ['without a tokenizer', (parts) => delete parts['tokenizer.json'], /lacks tokenizer.json/],
    [
      'with a config that the schema refuses',
      (parts) => (parts['config.json'] = encode({ seed: 'x' })),
      /config.json: seed/,
    ],
    ['with broken metrics', (parts) => (parts['metrics.jsonl'] = encode('{').slice(0, 2)), /metrics.jsonl, line 1/],
    ['with too few metrics', (parts) => (parts['metrics.jsonl'] = new Uint8Array()), /step 12 but has metrics of 0/],
    [
      'with foreign evaluations',
      (parts) => (parts['evaluations.json'] = encode([{ step: 1 }])),
      /evaluations.json: 0.asr/,
    ],
    ['with a manifest that is not JSON', (parts) => (parts['manifest.json'] = Uint8Array.of(1)), /manifest.json/],
    ['with no agents', edit((manifest) => (manifest.agents = [])), /manifest.json: agents/],
    [
      'with an agent outside its folder',
      edit((manifest) => (manifest.agents = ['../feedback'])),
      /manifest.json: agents.0/,
    ],
    ['that is finished before its end', edit((manifest) => (manifest.finished = true)), /finished at step 12 of 100/],
    ['that stands beyond its end', edit((manifest) => (manifest.step = 101)), /stands at step 101 of 100/],
    ['that goes backwards', (parts) => lines(parts, (all) => all.reverse()), /metrics of step 1 say.* of step 12/],
    ['with a step twice', (parts) => lines(parts, (all) => all.with(1, all[0])), /metrics of step 2 say.* of step 1/],
    [
      'whose evaluations go backwards',
      (parts) => (parts['evaluations.json'] = encode([5, 0].map((step) => ({ step, asr: 0 })))),
      /after step 0 follows one after step 5/,
    ],
    [
      'measured after a step that it has not made',
      (parts) => (parts['evaluations.json'] = encode([{ step: 13, asr: 0 }])),
      /stands at step 12 but was measured after step 13/,
    ],
    ...['', '  \n', '\u200b\u200d', '\u202e\u2066', '\u0000', '\u3164\u2800'].map(
      (name): [string, (parts: Parts) => void, RegExp] => [
        `called ${JSON.stringify(name)}`,
        edit((manifest) => (manifest.name = name)),
        /manifest.json: name: there is nothing to see/,
      ],
    ),
    [
      'with a key twice in its config',
      (parts) => (parts['config.json'] = new TextEncoder().encode('{"seed": 5, "seed": 6}')),
      /config.json in this archive has "seed" twice/,
    ],
    [
      'with a key twice in a line of metrics',
      (parts) => lines(parts, (all) => all.with(3, '{"step": 4, "loss": 1, "step": 4}')),
      /metrics.jsonl, line 4 in this archive has "step" twice/,
    ],
    ['with an agent twice', edit((manifest) => (manifest.agents = ['feedback', 'feedback'])), /one is named twice/],
    [
      'with an agent that learns and does not',
      edit((manifest) => (manifest.onnx = ['feedback'])),
      /"feedback" stands under agents and under onnx/,
    ],
    [
      'with another tokenizer for one agent',
      (parts) => (parts['agents/feedback/tokenizer.json'] = encode({})),
      /not the run's tokenizer/,
    ],
  ];
  it.each(named)('one %s', async (_, change, message) => {
    // A manifest that is not JSON cannot be given new hashes.
    const stale = message.source === 'manifest.json';
    const bytes = await forge(change, stale);
    await expect(readRunArchive(bytes, format)).rejects.toThrow(ArchiveDamagedError);
    await expect(readRunArchive(bytes, format)).rejects.toThrow(message);
  });

  it('one whose agents do not fit their config, or lack a file', async () => {
    const wrong = await forge(
      (parts) => (parts['agents/feedback/model.safetensors'] = parts['agents/feedback/optimizer.safetensors']),
    );
    await expect(readRunArchive(wrong, format)).rejects.toThrow(/agents\/feedback\/model.safetensors: it has no/);
    const lacking = await forge((parts) => delete parts['agents/feedback/reference.safetensors']);
    await expect(readRunArchive(lacking, format)).rejects.toThrow(/agents\/feedback has no reference/);
  });

  it('a zip bomb, before it is unpacked', async () => {
    const bomb = zipSync({ 'manifest.json': new Uint8Array(2 ** 22) }, { level: 9 });
    expect(bomb.length).toBeLessThan(10_000);
    await expect(readRunArchive(bomb, format, { file: 2 ** 20 })).rejects.toThrow(ArchiveTooLargeError);
    await expect(readRunArchive(bomb, format, { total: 2 ** 20 })).rejects.toThrow(ArchiveTooLargeError);
    const many = zipSync(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}`, new Uint8Array()])));
    await expect(readRunArchive(many, format, { files: 20 })).rejects.toThrow(ArchiveTooLargeError);
  });

  it('a zip that announces less than it holds', async () => {
    const lying = (await writeRunArchive(snapshot('r', 12), format)).slice();
    const view = new DataView(lying.buffer);
    // The directory's entry of metrics.jsonl: its unpacked size stands 22 bytes before its name.
    const name = Buffer.from('metrics.jsonl');
    const at = Buffer.from(lying.buffer).lastIndexOf(name);
    view.setUint32(at - 22, 10, true);
    await expect(readRunArchive(lying, format)).rejects.toThrow(ArchiveDamagedError);
  });

  it('one that names the same file twice', async () => {
    const bytes = (await forge((parts) => (parts['config.jsom'] = encode({ seed: 6 })), true)).slice();
    const text = Buffer.from(bytes.buffer);
    for (let at = text.indexOf('config.jsom'); at >= 0; at = text.indexOf('config.jsom')) text.write('config.json', at);
    await expect(readRunArchive(bytes, format)).rejects.toThrow(/config.json twice/);
  });
});
