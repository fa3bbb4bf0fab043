import { roleNames } from '../../src/waltz/game/roles';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import { readBaseArchive, writeRunArchive } from '../../src/checkpoint/archive';
import type { Files } from '../../src/checkpoint/folder';
import { readGuest } from '../../src/checkpoint/guest-files';
import { packZip } from '../../src/checkpoint/zip';
import { presets } from '../../src/lab/config';
import { modelZip } from '../../src/lab/export/model-zip';
import { environmentOf } from '../../src/lab/models/environment';
import { shippedAgents } from '../../src/lab/models/shipped';
import type { TaskChoice } from '../../src/task/task-tag';
import { describeOffer } from '../../src/lab/import/describe';
import { guestOf } from '../../src/lab/import/guest-of';
import { readOffer, type Offer } from '../../src/lab/import/read';
import { recognise } from '../../src/lab/import/recognise';
import { runFormat, type KeptRun } from '../../src/lab/run/run-format';
import { estimatesWithin } from '../../src/lm/backend/fit';
import { smallConfig } from '../checkpoint/fixtures';
import { foreignFolder, ownFolder } from '../checkpoint/guest-folder';
import { smallGguf } from '../checkpoint/gguf/small-gguf';
import { storiesAreHere, storiesFolder } from '../oracle/stories';

const shipped = new Uint8Array(readFileSync(new URL('../../public/agents/tiny.waltz', import.meta.url)));
const base = await readBaseArchive(shipped);
const run: KeptRun = {
  ...{ run: 'id', name: 'tiny · seed 1', config: presets.tiny, task: base.task, step: 0, finished: false },
  ...{ metrics: [], evaluations: [], measured: [], agents: base.agents, tokenizer: base.tokenizer, counters: {} },
  provenance: { adapter: 'an adapter', build: '1.2.3', variants: {} },
};
const tiny = presets.tiny.task;
const limits = (choice: TaskChoice) => environmentOf(choice).task.limits;
const blob = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);
const offered = (files: Files, folder = '') =>
  Object.entries(files).map(([path, bytes]) => ({ path: folder + path, content: blob(bytes) }));
const file = (path: string, bytes: Uint8Array) => readOffer([{ path, content: blob(bytes) }]);
const guests = (offer: Offer) => (offer.kind === 'run' ? [] : offer.guests.map(({ guest }) => guest));

const ggufOffer = (path: string) => ({ path, content: blob(smallGguf()) });

describe('a GGUF file', () => {
  it.each([
    ['by its name', [ggufOffer('some.Q4_1.gguf')], 'some.Q4_1'],
    ['by its content', [ggufOffer('download')], 'download'],
    [
      'in a folder with a text beside it',
      [{ path: 'm/README.md', content: blob(new Uint8Array(3)) }, ggufOffer('m/a.gguf')],
      'a',
    ],
  ])('is a model, %s', async (_, files, name) => {
    const offer = await readOffer(files);
    expect(guests(offer).map((guest) => guest.name)).toEqual([name]);
    const { models, checks } = describeOffer(offer, { estimates: estimatesWithin(2 ** 28), limits });
    expect(models[0]).toMatchObject({ container: 'GGUF', formats: ['F32'], own: null });
    expect(checks[0]).toContain('in the shape that its config asks for');
  });

  it('in a zip is a model', async () => {
    const offer = await file('packed.zip', packZip({ 'm/README.md': new Uint8Array(3), 'm/small.gguf': smallGguf() }));
    expect(guests(offer).map(({ name }) => name)).toEqual(['small']);
  });

  it('beside a Hugging Face model is left alone', async () => {
    const offer = await readOffer([...offered(ownFolder(), 'm/'), ggufOffer('m/a.gguf')]);
    expect(guests(offer).map(({ name }) => name)).toEqual(['m']);
  });
});

describe('an export of this page', () => {
  it.each(['safetensors', 'onnx'] as const)('comes back (%s)', async (weights) => {
    const offer = await file('tiny.zip', modelZip(run, weights));
    expect(guests(offer).map(({ name }) => name)).toEqual(['tiny: conversation', 'tiny: feedback']);
    for (const [i, agent] of roleNames.entries()) {
      const guest = guests(offer)[i];
      const { name: _, onnx, parameters, tokenizerConfig, ...rest } = guest;
      const expected = guestOf(run, agent);
      expect(parameters).toEqual(weights === 'onnx' ? null : expected.parameters);
      expect(onnx === null).toBe(weights === 'safetensors');
      expect(tokenizerConfig).toMatchObject(expected.tokenizerConfig);
      expect(rest).toEqual({
        ...{ config: expected.config, tokenizer: expected.tokenizer, chatTemplate: expected.chatTemplate },
        endTokens: expected.endTokens,
      });
      expect(recognise(guest)).toEqual({ task: tiny, role: agent });
    }
  });

  it('as a run is a run, with its settings and what it takes', async () => {
    const offer = await file('a.waltz', await writeRunArchive(run, runFormat));
    expect(offer).toEqual({ kind: 'run', run });
    const description = describeOffer(offer, { estimates: estimatesWithin(2 ** 28), limits });
    expect(description.run).toMatchObject({ name: run.name, step: 0, total: 4, adapter: 'an adapter' });
    expect(description.run!.memory).toMatchObject({ bytes: expect.any(Number) as number });
    expect(description.models.map(({ name }) => name).sort()).toEqual(['conversation', 'feedback']);
    const small = describeOffer(offer, { estimates: estimatesWithin(2 ** 16), limits });
    expect(small.run!.memory).toHaveProperty('refusal');
  });

  it('as base agents gives both of them', async () => {
    const offer = await file('tiny.waltz', shipped);
    expect(offer.kind).toBe('base');
    expect(guests(offer).map((guest) => recognise(guest)?.role)).toEqual(['conversation', 'feedback']);
    expect(guests(offer)[0].parameters).toEqual(base.agents.conversation.parameters);
  });
});

it('an archive is known by its content where its name says nothing', async () => {
  expect((await file('41b6bbcc', await writeRunArchive(run, runFormat))).kind).toBe('run');
  expect(guests(await file('mine', packZip(ownFolder()))).map(({ name }) => name)).toEqual(['mine']);
});

describe('a folder', () => {
  it('is found under any others, and called as it is', async () => {
    const files = offered(ownFolder(), 'models/here/mine/');
    const readme = { path: 'models/here/README.md', content: new Blob(['<script>alert(1)</script>']) };
    expect(guests(await readOffer([readme, ...files])).map(({ name }) => name)).toEqual(['mine']);
  });

  it('may be files that were picked one by one', async () => {
    expect(guests(await readOffer(offered(ownFolder()))).map(({ name }) => name)).toEqual(['model']);
  });

  it('is described with what it is and what it takes', async () => {
    const untied = { ...smallConfig, tie_word_embeddings: false };
    const offer = await readOffer(offered(foreignFolder(untied, { kind: 'BF16', shards: 2 }).files, 'mine/'));
    const {
      models: [model],
      checks,
    } = describeOffer(offer, { estimates: estimatesWithin(Infinity), limits });
    expect(model).toMatchObject({ name: 'mine', config: untied, formats: ['BF16'], own: null, notes: [] });
    // Two embeddings of 11 words, two layers, the last norm; two bytes each, and two headers.
    const count = 2 * 11 * 16 + 2 * (2 * 16 * 16 + 2 * 8 * 16 + 3 * 12 * 16 + 2 * 16) + 16;
    expect(model.parameters).toBe(count);
    expect(model.bytes).toBeGreaterThan(2 * count);
    expect(model.bytes).toBeLessThan(2 * count + 4096);
    expect(model.memory).toMatchObject({ tokens: 64, bytes: expect.any(Number) as number });
    expect(checks.length).toBeGreaterThan(3);
    const tight = describeOffer(offer, { estimates: estimatesWithin(4096), limits });
    expect(tight.models[0].memory).toMatchObject({ refusal: expect.stringContaining('the GPU allows') as string });
  });

  it.skipIf(!storiesAreHere)('of a stranger is nobody’s', async () => {
    const names = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
    const files = Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(storiesFolder + name))]));
    const offer = await readOffer(offered(files, 'stories260k/'));
    const [model] = describeOffer(offer, { estimates: estimatesWithin(2 ** 27), limits }).models;
    expect(model).toMatchObject({ name: 'stories260k', parameters: 260_032, formats: ['F32'], own: null });
  });
});

describe('recognising', () => {
  it('goes by all words and their ids, whatever the order in the file', async () => {
    const guest = guestOf(run, 'feedback');
    const model = guest.tokenizer.model as { vocab: Record<string, number> };
    const vocab = Object.fromEntries(Object.entries(model.vocab).reverse());
    const tokenizer = { ...guest.tokenizer, model: { ...model, vocab } };
    expect(recognise({ ...guest, tokenizer })).toEqual({ task: tiny, role: 'feedback' });
    expect(recognise({ ...guest, chatTemplate: 'another' })).toEqual({ task: tiny, role: null });
    vocab.zzz = vocab.how ?? 1e6;
    expect(recognise({ ...guest, tokenizer })).toBeNull();
    expect(recognise((await readGuest(sourcesOf(ownFolder()), 'x')).guest)).toBeNull();
  });
});

describe('recognising the shipped agents', () => {
  // Two levels may have the same words.
  it.each(shippedAgents)('of $archive', async ({ task, archive }) => {
    const { agents, tokenizer } = await readBaseArchive(readFileSync(`public/agents/${archive}.waltz`));
    const config = { ...presets.tiny, task };
    for (const agent of roleNames) {
      const guest = guestOf({ ...run, config, agents, tokenizer }, agent);
      expect(recognise(guest)).toEqual({ task, role: agent });
    }
  });
});

describe('offers that are refused', () => {
  const zip = packZip(ownFolder());
  const cases: [string, () => Promise<Offer>, string][] = [
    ['nothing', () => readOffer([]), 'OfferError'],
    [
      'two archives',
      () =>
        readOffer([
          { path: 'a.zip', content: blob(zip) },
          { path: 'b.zip', content: blob(zip) },
        ]),
      'OfferError',
    ],
    ['two files of one name', () => readOffer([...offered(ownFolder()), ...offered(ownFolder())]), 'OfferError'],
    ['two GGUF files', () => readOffer(['a', 'b'].map((name) => ggufOffer(`m/${name}.gguf`))), 'OfferError'],
    ['a page that is called one', () => readOffer([{ path: 'a.gguf', content: new Blob(['<html>']) }]), 'GgufError'],
    ['a picture', () => readOffer([{ path: 'a.png', content: new Blob(['x']) }]), 'AgentFilesError'],
    ['a picture that says it is a zip', () => file('a.zip', new Uint8Array(400)), 'NotAnArchiveError'],
    ['a zip without a model', () => file('a.zip', packZip({ 'a.txt': new Uint8Array(1) })), 'AgentFilesError'],
    [
      'a zip with one that is broken',
      () =>
        file(
          'a.zip',
          packZip({
            ...prefixed('a/', ownFolder()),
            ...prefixed('b/', { ...ownFolder(), 'tokenizer.json': new Uint8Array() }),
          }),
        ),
      'AgentFilesError',
    ],
    [
      'seventeen models',
      () => readOffer(Array.from({ length: 17 }, (_, i) => offered(ownFolder(), `${i}/`)).flat()),
      'OfferError',
    ],
    ['a file that has gone', () => readOffer([{ path: 'a.zip', content: gone }]), 'OfferError'],
  ];
  it.each(cases)('%s', async (_, read, name) => {
    await expect(read()).rejects.toMatchObject({ name });
  });
});

const prefixed = (prefix: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [prefix + path, bytes]));

/** What a browser gives for a file that was moved after it was chosen. */
const unreadable = { arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) };
const gone = Object.assign(new Blob(['x']), { ...unreadable, slice: () => Object.assign(new Blob(['x']), unreadable) });
