/** One file over real HTTP, with what goes wrong on the way. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessError, NotThereError, UnreachableError, WrongContentError } from '../../src/hub/errors';
import { listModel } from '../../src/hub/list-model';
import type { RemoteFile } from '../../src/hub/remote-file';
import type { HubAccess } from '../../src/hub/request';
import { transfer } from '../../src/hub/transfer';
import { MemoryPart } from './memory-part';
import { sha256, TestHub } from './test-hub';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) % 251);
const TOKEN = 'hf_test';
const stored = 'owner/model/model.safetensors';

let hub: TestHub;
let access: HubAccess;
beforeEach(async () => {
  hub = await TestHub.start();
  hub.repositories['owner/model'] = {
    files: { 'config.json': new TextEncoder().encode('{"a":1}'), 'model.safetensors': content },
    large: ['model.safetensors'],
  };
  access = { hub: hub.address, token: '', fetch };
});
afterEach(() => hub.close());

const weights = async (): Promise<RemoteFile> => {
  const { options } = await listModel(access, 'owner/model');
  return options[0].files.find(({ path }) => path === 'model.safetensors')!;
};

async function get(file: RemoteFile, part: MemoryPart, signal = new AbortController().signal): Promise<number[]> {
  const bytes: number[] = [];
  await transfer(file, part, { access, signal, pause: 1, onBytes: (count) => bytes.push(count) });
  return bytes;
}

const whole = (part: MemoryPart, bytes = content) => {
  expect(part.finished).toBe(sha256(bytes));
  expect(sha256(part.bytes)).toBe(sha256(bytes));
};

describe('a file of the Hub', () => {
  it('comes whole, by way of a redirect, and its bytes are told', async () => {
    const part = new MemoryPart();
    const bytes = await get(await weights(), part);
    whole(part);
    expect(bytes.at(-1)).toBe(content.length);
    expect(hub.requestsFor('model.safetensors').map(({ origin }) => origin)).toEqual(['hub', 'storage']);
  });

  it('goes on after a cut, from where it was cut', async () => {
    hub.faults[stored] = { cutAfter: 100_000, cuts: 2 };
    const part = new MemoryPart();
    await get(await weights(), part);
    whole(part);
    const ranges = hub.requestsFor('model.safetensors').filter(({ origin }) => origin === 'storage');
    expect(ranges.map(({ range }) => range)).toEqual(['bytes=0-', 'bytes=100000-', 'bytes=200000-']);
  });

  it('gives up where no byte comes, keeps what came, and goes on from there', async () => {
    hub.faults[stored] = { cutAfter: 60_000, cuts: 1 };
    const file = await weights();
    const part = new MemoryPart();
    access = { ...access, fetch: onceThenNothing() };
    await expect(get(file, part)).rejects.toThrow(UnreachableError);
    expect(part.finished).toBeNull();
    expect(part.size).toBe(60_000);
    access = { ...access, fetch };
    await get(file, part);
    whole(part);
  });

  it('takes all of it from a host that ignores ranges, and appends nothing to it', async () => {
    hub.faults[stored] = { ignoresRange: true };
    const part = new MemoryPart(content.subarray(0, 100_000));
    await get(await weights(), part);
    whole(part);
  });

  it('is never a page, another content or another size', async () => {
    const file = await weights();
    const wrong = Uint8Array.from(content);
    wrong[200_000] ^= 1;
    for (const [fault, words] of [
      [{ page: true }, 'sent a web page in place of model.safetensors'],
      [{ content: wrong }, 'another checksum'],
      [{ content: content.subarray(1) }, 'was listed with 300000 bytes'],
      [{ content: wrong, ignoresRange: true }, 'another checksum'],
      [{ content: new TextEncoder().encode('<!DOCTYPE html>'.padEnd(300_000)) }, 'sent a web page'],
      [{ content: new TextEncoder().encode('version https://git-lfs.github.com/spec/v1'.padEnd(300_000)) }, 'Git LFS'],
    ] as const) {
      hub.faults[stored] = fault;
      const part = new MemoryPart();
      await expect(get(file, part), words).rejects.toThrow(words);
      await expect(get(file, part)).rejects.toThrow(WrongContentError);
      expect([part.finished, part.size]).toEqual([null, 0]);
    }
  });

  it('is not trusted where its earlier bytes were changed', async () => {
    const part = new MemoryPart(Uint8Array.from(content.subarray(0, 100_000)).fill(9, 5, 6));
    const file = await weights();
    await expect(get(file, part)).rejects.toThrow('another checksum');
    await get(file, part);
    whole(part);
  });

  it('is finished where all bytes were there, and begun anew where there were more', async () => {
    const file = await weights();
    const before = hub.asked.length;
    const part = new MemoryPart(content);
    await get(file, part);
    whole(part);
    expect(hub.asked.length).toBe(before);
    const more = new MemoryPart(new Uint8Array(400_000));
    await get(file, more);
    whole(more);
  });

  it('stops at once where somebody wants that, and keeps what came', async () => {
    hub.faults[stored] = { slow: 20 };
    const stop = new AbortController();
    const part = new MemoryPart();
    const done = transfer(await weights(), part, {
      ...{ access, signal: stop.signal, pause: 1 },
      onBytes: (bytes) => bytes > 50_000 && stop.abort(new Error('enough')),
    });
    await expect(done).rejects.toThrow('enough');
    expect(part.size).toBeGreaterThan(50_000);
    expect(part.size).toBeLessThan(content.length);
  });

  it('is asked for with the token at the Hub, and without at the storage', async () => {
    hub.repositories['owner/model'] = { ...hub.repositories['owner/model'], token: TOKEN };
    access = { ...access, token: TOKEN };
    const part = new MemoryPart();
    await get(await weights(), part);
    whole(part);
    for (const { origin, authorization } of hub.asked) {
      expect(authorization).toBe(origin === 'hub' ? `Bearer ${TOKEN}` : undefined);
    }
    // Nor at any other address.
    hub.plain['/x.gguf'] = content;
    await listModel(access, `${hub.storage}/x.gguf`);
    expect(hub.asked.at(-1)).toMatchObject({ origin: 'storage', authorization: undefined });
  });

  it('is refused in words', async () => {
    const file = await weights();
    for (const [status, error, words] of [
      [403, AccessError, 'does not give'],
      [404, NotThereError, 'Check the spelling'],
      [500, UnreachableError, 'Try again later'],
      [429, UnreachableError, 'asked too often'],
    ] as const) {
      hub.faults[stored] = { status };
      await expect(get(file, new MemoryPart())).rejects.toThrow(error);
      await expect(get(file, new MemoryPart())).rejects.toThrow(words);
    }
    hub.close();
    await expect(get(file, new MemoryPart())).rejects.toThrow('Is this machine online?');
  });
});

describe('a file at any address, without a checksum', () => {
  beforeEach(() => {
    hub.plain['/files/x.gguf'] = content;
  });
  const planned = async () => (await listModel(access, `${hub.storage}/files/x.gguf`)).options[0].files[0];

  it('is listed with its size, and comes whole after a cut', async () => {
    const file = await planned();
    expect(file).toMatchObject({ path: 'x.gguf', size: content.length, checksum: null });
    hub.faults['/files/x.gguf'] = { cutAfter: 150_000, cuts: 1 };
    const part = new MemoryPart();
    await get(file, part);
    whole(part);
  });

  it('is begun anew where it changed at its host', async () => {
    const file = await planned();
    const changed = Uint8Array.from(content).fill(1, 0, 10);
    hub.plain['/files/x.gguf'] = changed;
    for (const validator of ['"older"', null]) {
      const part = new MemoryPart(content.subarray(0, 100_000), validator);
      await get(file, part);
      whole(part, changed);
    }
  });

  it('is continued where it did not', async () => {
    const file = await planned();
    const part = new MemoryPart(content.subarray(0, 100_000), `"${sha256(content).slice(0, 16)}"`);
    await get(file, part);
    whole(part);
    expect(hub.requestsFor('x.gguf').at(-1)?.range).toBe('bytes=100000-');
  });

  it('is not listed where a page comes in its place', async () => {
    hub.faults['/files/x.gguf'] = { page: true };
    await expect(planned()).rejects.toThrow('sent a web page');
  });
});

/** The first request goes out, later ones find no network. */
function onceThenNothing(): typeof fetch {
  let asked = 0;
  return (...args) => (asked++ === 0 ? fetch(...args) : Promise.reject(new TypeError('fetch failed')));
}
