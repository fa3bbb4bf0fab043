import { describe, expect, it } from 'vitest';
import { addressText, ModelAddressError, parseModelAddress } from '../../src/hub/model-address';

const repository = (name: string, revision = 'main', file: string | null = null) => ({
  ...{ kind: 'repository', name, revision, file },
});

describe('what is asked for', () => {
  it.each([
    ['HuggingFaceTB/SmolLM2-135M', repository('HuggingFaceTB/SmolLM2-135M')],
    [' a/b@v1.0 ', repository('a/b', 'v1.0')],
    ['a/b@refs/pr/1', repository('a/b', 'refs/pr/1')],
    ['a/b:x.Q4_K_M.gguf', repository('a/b', 'main', 'x.Q4_K_M.gguf')],
    ['a/b/sub/x.gguf', repository('a/b', 'main', 'sub/x.gguf')],
    ['a/b@refs/pr/1:sub/x.gguf', repository('a/b', 'refs/pr/1', 'sub/x.gguf')],
    ['a/b:folder', repository('a/b', 'main', 'folder')],
    ['https://huggingface.co/a/b', repository('a/b')],
    ['https://huggingface.co/a/b/tree/v2', repository('a/b', 'v2')],
    ['https://huggingface.co/a/b/blob/main/x.gguf?download=true', repository('a/b', 'main', 'x.gguf')],
    ['https://huggingface.co/a/b/resolve/refs%2Fpr%2F1/x.gguf', repository('a/b', 'refs/pr/1', 'x.gguf')],
    ['https://example.org/m/x.gguf?key=1#top', { kind: 'file', url: 'https://example.org/m/x.gguf?key=1' }],
    ['http://localhost:8080/model.zip', { kind: 'file', url: 'http://localhost:8080/model.zip' }],
  ])('%s', (asked, expected) => {
    expect(parseModelAddress(asked)).toEqual(expected);
    expect(parseModelAddress(addressText(parseModelAddress(asked)))).toEqual(expected);
  });

  it.each([
    ['', 'Nothing was asked for'],
    ['gpt2', 'no model’s name'],
    ['a/b/c/d', 'no file that can be read'],
    ['../etc/x.gguf', 'no model’s name'],
    ['a/b:../x.gguf', 'no file of a repository'],
    ['a/b:sub//x.gguf', 'no file of a repository'],
    ['a/b@v1/x.gguf', 'put a colon'],
    ['a/b:model.safetensors', 'Ask for a/b, which has all of them'],
    ['a/b@..', 'no branch, tag or commit'],
    ['https://example.org/model.safetensors', 'the name of its repository'],
    ['https://example.org/x%2F..%2F..%2Fy.gguf', 'names no file'],
    ['https://example.org/', 'names no file'],
    ['https://user:secret@example.org/x.gguf', 'Leave them out'],
    ['https://huggingface.co/datasets/a/b', 'no page of a model'],
    ['https://huggingface.co/a', 'no page of a model'],
    ['ftp://example.org/x.gguf', 'no http or https address'],
    ['javascript:alert(1)', 'no model’s name'],
    ['file:///etc/passwd.gguf', 'no http or https address'],
    ['a/'.padEnd(3000, 'b'), 'longer than'],
  ])('refuses %s', (asked, words) => {
    expect(() => parseModelAddress(asked)).toThrow(ModelAddressError);
    expect(() => parseModelAddress(asked)).toThrow(words);
  });

  it('knows links into another Hub', () => {
    expect(parseModelAddress('http://localhost:9/hub/a/b', 'http://localhost:9/hub/')).toEqual(repository('a/b'));
    expect(() => parseModelAddress('a/b', 'nowhere')).not.toThrow();
    expect(() => parseModelAddress('https://a/b', 'nowhere')).toThrow('no address of a Hub');
  });
});
