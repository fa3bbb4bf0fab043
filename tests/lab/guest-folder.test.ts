import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import { readGuest } from '../../src/checkpoint/guest-files';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { guestFolder } from '../../src/lab/export/guest-folder';
import { smallConfig } from '../checkpoint/fixtures';
import { foreignFolder, ownFolder, withJson } from '../checkpoint/guest-folder';

const files = ownFolder();
const { guest } = await readGuest(sourcesOf(files), 'mine');
const again = (one = guest, shard?: number) => Object.fromEntries(guestFolder(one, shard));

describe('a model as a folder', () => {
  it('comes back as it went', async () => {
    expect((await readGuest(sourcesOf(again()), 'mine')).guest).toEqual(guest);
  });

  it('comes back with more than one token that ends its texts, and without a chat template', async () => {
    const changed = { ...guest, endTokens: [6, 2], chatTemplate: null, tokenizerConfig: {} };
    expect((await readGuest(sourcesOf(again(changed)), 'mine')).guest).toEqual(changed);
  });

  it('is split where it is large, into files that each hold whole tensors', async () => {
    const { files: foreign, parameters } = foreignFolder(smallConfig, { kind: 'F16' });
    const large = (
      await readGuest(
        sourcesOf(withJson(foreign, 'config.json', (config) => void (config['eos_token_id'] = 6))),
        'mine',
      )
    ).guest;
    const split = again(large, 1500);
    const shards = Object.keys(split).filter((path) => path.endsWith('.safetensors'));
    expect(shards.length).toBeGreaterThan(2);
    expect(split).not.toHaveProperty(['model.safetensors']);
    expect((await readGuest(sourcesOf(split), 'mine')).guest.parameters).toEqual(parameters);
  });

  it('keeps its ONNX file, alone or beside others', async () => {
    const onnx = writeOnnx({ config: guest.config, parameters: guest.parameters! }, { precision: 'f32' });
    for (const parameters of [guest.parameters, null]) {
      expect((await readGuest(sourcesOf(again({ ...guest, parameters, onnx })), 'mine')).guest).toEqual({
        ...guest,
        parameters,
        onnx,
      });
    }
  });
});
