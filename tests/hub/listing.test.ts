/** What is offered of a repository, before any of it is downloaded. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessError, ModelChoiceError, NotThereError, WrongContentError } from '../../src/hub/errors';
import { listModel } from '../../src/hub/list-model';
import { onlyOption } from '../../src/hub/model-options';
import type { HubAccess } from '../../src/hub/request';
import { COMMIT, sha256, TestHub } from './test-hub';

const bytes = (size: number) => new Uint8Array(size).fill(7);

let hub: TestHub;
let access: HubAccess;
beforeEach(async () => {
  hub = await TestHub.start();
  access = { hub: hub.address, token: '', fetch };
});
afterEach(() => hub.close());

async function optionsOf(paths: readonly string[], asked = 'a/b') {
  hub.repositories['a/b'] = { files: Object.fromEntries(paths.map((path, i) => [path, bytes(i + 1)])) };
  const { options } = await listModel(access, asked);
  return options.map(({ address, form, files }) => [address, form, files.map(({ path }) => path)]);
}

describe('a repository', () => {
  it('is listed at its commit, with sizes, checksums and its licence', async () => {
    const weights = bytes(500);
    hub.repositories['a/b'] = {
      ...{ licence: 'apache-2.0', large: ['model.safetensors'] },
      files: { 'config.json': bytes(3), 'model.safetensors': weights, 'NOTICE.md': bytes(9) },
    };
    const { licence, options } = await listModel(access, 'a/b');
    expect(licence).toBe('apache-2.0');
    const [{ name, commit, files }] = options;
    expect([name, commit]).toEqual(['b', COMMIT]);
    expect(files).toEqual([
      {
        ...{ path: 'config.json', size: 3, url: `${hub.address}/a/b/resolve/${COMMIT}/config.json` },
        // git hash-object of three bytes 7.
        checksum: { algorithm: 'git-sha1', hex: expect.stringMatching(/^[0-9a-f]{40}$/) as string },
      },
      {
        ...{ path: 'model.safetensors', size: 500, url: `${hub.address}/a/b/resolve/${COMMIT}/model.safetensors` },
        checksum: { algorithm: 'sha256', hex: sha256(weights) },
      },
    ]);
    expect(hub.asked.every(({ path }) => path.startsWith('/api/'))).toBe(true);
  });

  it('gives the files that are read: of weights one kind, and those of the index', async () => {
    const text = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
    const folder = async (paths: string[]) => (await optionsOf([...text, ...paths, 'NOTICE.md', 'x.bin']))[0];
    expect(await folder(['model.safetensors', 'onnx/model.onnx', 'onnx/model_q4.onnx'])).toEqual([
      ...['a/b', 'folder'],
      [...text, 'model.safetensors'],
    ]);
    expect(await folder(['onnx/model.onnx'])).toEqual(['a/b', 'folder', [...text, 'onnx/model.onnx']]);
    const sharded = [
      'model.safetensors.index.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ];
    expect(await folder(['model.safetensors', ...sharded])).toEqual(['a/b', 'folder', [...text, ...sharded]]);
  });

  it('lets choose where there are several, and says how', async () => {
    const paths = [
      'config.json',
      'model.safetensors',
      'x-Q4_0.gguf',
      'big/y-F16.gguf',
      'mmproj-x.gguf',
      'z-00001-of-00002.gguf',
    ];
    expect(await optionsOf(paths)).toEqual([
      ['a/b:folder', 'folder', ['config.json', 'model.safetensors']],
      ['a/b:x-Q4_0.gguf', 'file', ['x-Q4_0.gguf']],
      ['a/b:big/y-F16.gguf', 'file', ['y-F16.gguf']],
    ]);
    expect(await optionsOf(paths, 'a/b:folder')).toEqual([
      ['a/b:folder', 'folder', ['config.json', 'model.safetensors']],
    ]);
    expect(await optionsOf(paths, 'a/b/big/y-F16.gguf')).toEqual([['a/b:big/y-F16.gguf', 'file', ['y-F16.gguf']]]);
    const { options } = await listModel(access, 'a/b');
    expect(() => onlyOption(options)).toThrow(/a\/b:x-Q4_0\.gguf {2}\(0\.0 MB\)/);
    await expect(listModel(access, 'a/b:none.gguf')).rejects.toThrow(NotThereError);
  });

  it('that has nothing to read is refused', async () => {
    for (const [paths, words] of [
      [['README.md', 'pytorch_model.bin', 'config.json'], 'neither a config.json'],
      [['z-00001-of-00002.gguf'], 'several parts'],
    ] as const) {
      await expect(optionsOf(paths)).rejects.toThrow(ModelChoiceError);
      await expect(optionsOf(paths)).rejects.toThrow(words);
    }
  });

  it('that is gated, private or not there is refused with what to do', async () => {
    hub.repositories['a/gated'] = {
      files: { 'config.json': bytes(1), 'model.safetensors': bytes(1) },
      token: 'hf_right',
    };
    await expect(listModel(access, 'a/gated')).rejects.toThrow(AccessError);
    await expect(listModel(access, 'a/gated')).rejects.toThrow(`accept its licence at ${hub.address}/a/gated`);
    const wrong = { ...access, token: 'hf_wrong' };
    await expect(listModel(wrong, 'a/gated')).rejects.toThrow('The account of the token has not been let in');
    expect((await listModel({ ...access, token: 'hf_right' }, 'a/gated')).options).toHaveLength(1);
    await expect(listModel(access, 'a/none')).rejects.toThrow('Either there is no such model');
    await expect(listModel({ ...access, token: 'hf_right' }, 'a/gated@other')).rejects.toThrow(
      'no such revision of a/gated at other',
    );
  });

  it('whose host is no Hub, or leads out of the folder, is refused', async () => {
    hub.repositories['a/b'] = { files: { '../config.json': bytes(1), 'model.safetensors': bytes(1) } };
    await expect(listModel(access, 'a/b')).rejects.toThrow(WrongContentError);
    for (const answer of ['<html>', '{"sha":"main"}', '[]', '']) {
      const answering = () => Promise.resolve(new Response(answer));
      await expect(listModel({ ...access, fetch: answering }, 'a/b')).rejects.toThrow('Is it one?');
    }
    const endless = () => Promise.resolve(new Response(new Blob([new Uint8Array(17e6)])));
    await expect(listModel({ ...access, fetch: endless }, 'a/b')).rejects.toThrow('MB of list');
  });
});
