import { describe, expect, it } from 'vitest';
import { readGuest } from '../../src/checkpoint/guest-files';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { guestFolder } from '../../src/lab/export/guest-folder';
import { smallConfig } from '../checkpoint/fixtures';
import { foreignFolder, ownFolder, withJson } from '../checkpoint/guest-folder';

const files = ownFolder();
const { guest } = readGuest(files, 'mine');
const again = (one = guest, shard?: number) => Object.fromEntries(guestFolder(one, shard));

describe('a model as a folder', () => {
  it('comes back as it went', () => {
    expect(readGuest(again(), 'mine').guest).toEqual(guest);
  });

  it('comes back with more than one token that ends its texts, and without a chat template', () => {
    const changed = { ...guest, endTokens: [6, 2], chatTemplate: null, tokenizerConfig: {} };
    expect(readGuest(again(changed), 'mine').guest).toEqual(changed);
  });

  it('is split where it is large, into files that each hold whole tensors', () => {
    const { files: foreign, parameters } = foreignFolder(smallConfig, { kind: 'F16' });
    const large = readGuest(
      withJson(foreign, 'config.json', (config) => void (config['eos_token_id'] = 6)),
      'mine',
    ).guest;
    const split = again(large, 1500);
    const shards = Object.keys(split).filter((path) => path.endsWith('.safetensors'));
    expect(shards.length).toBeGreaterThan(2);
    expect(split).not.toHaveProperty(['model.safetensors']);
    expect(readGuest(split, 'mine').guest.parameters).toEqual(parameters);
  });

  it('keeps its ONNX file, alone or beside others', () => {
    const onnx = writeOnnx({ config: guest.config, parameters: guest.parameters! }, { precision: 'f32' });
    for (const parameters of [guest.parameters, null]) {
      expect(readGuest(again({ ...guest, parameters, onnx }), 'mine').guest).toEqual({ ...guest, parameters, onnx });
    }
  });
});
