/** `waltz fetch` over real HTTP, and what uses the models that it brought. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelPath, NotFetchedError } from '../../cli/model-operand';
import { ModelCache } from '../../cli/model-cache';
import { storiesAreHere, storiesFolder } from '../oracle/stories';
import { COMMIT, TestHub } from '../hub/test-hub';

const root = resolve(import.meta.dirname, '../..');
const names = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
const stored = 'karpathy/stories/model.safetensors';

let work: string;
let hub: TestHub;
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'waltz-fetch-'));
  hub = await TestHub.start();
  if (!storiesAreHere) return;
  const files = Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(storiesFolder + name))]));
  hub.repositories['karpathy/stories'] = {
    files: { ...files, 'NOTICE.md': new Uint8Array(5) },
    large: ['model.safetensors'],
  };
});
afterEach(() => {
  hub.close();
  rmSync(work, { recursive: true });
});

interface Ended {
  code: number | null;
  out: string;
  errors: string;
}

/** `kill` is done once `when` holds. */
function waltz(
  argv: string[],
  { kill, when, env = {} }: { kill?: NodeJS.Signals; when?: () => boolean; env?: Record<string, string> } = {},
): Promise<Ended> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, ['dist-cli/waltz.mjs', ...argv], {
      cwd: root,
      env: { ...process.env, XDG_CACHE_HOME: work, HF_ENDPOINT: hub.address, ...env },
    });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    const watch = setInterval(() => when?.() && child.kill(kill), 10);
    child.on('close', (code) => {
      clearInterval(watch);
      settle({ code, out, errors });
    });
  });
}

describe.skipIf(!storiesAreHere)('waltz fetch', () => {
  it('lists, fetches once, and writes where the model stands; commands take it by its name', async () => {
    const unfetched = await waltz([
      'generate',
      'karpathy/stories',
      '--prompt',
      'Once',
      '--tokens',
      '4',
      '--backend',
      'cpu',
    ]);
    expect(unfetched.code).toBe(1);
    expect(unfetched.errors).toContain('To fetch it: waltz fetch karpathy/stories');
    expect(hub.asked).toEqual([]);

    const first = await waltz(['fetch', 'karpathy/stories']);
    expect(first.code, first.errors).toBe(0);
    const path = first.out.trim();
    expect(path).toBe(join(work, 'waltzrl/models/karpathy/stories', COMMIT, 'folder/stories'));
    expect(readdirSync(path).sort()).toEqual(names);
    for (const name of names)
      expect(readFileSync(join(path, name)).equals(readFileSync(storiesFolder + name))).toBe(true);
    expect(first.errors).toContain('1.1 MB  in all');

    hub.asked.length = 0;
    const again = await waltz(['fetch', 'karpathy/stories', '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ path, commit: COMMIT, address: 'karpathy/stories' });
    expect(hub.asked.every(({ path: asked }) => asked.startsWith('/api/'))).toBe(true);

    hub.asked.length = 0;
    const said = await waltz([
      'generate',
      'karpathy/stories',
      '--prompt',
      'Once',
      '--tokens',
      '4',
      '--backend',
      'cpu',
      '--greedy',
    ]);
    expect(said.code, said.errors).toBe(0);
    expect((JSON.parse(said.out) as { text: string }).text).toContain('Once');
    expect(hub.asked).toEqual([]);
  }, 180_000);

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'goes on after %s, from what was there',
    async (kill) => {
      hub.faults[stored] = { slow: 60 };
      const partial = join(work, 'waltzrl/models/karpathy/stories', COMMIT, 'folder/stories.partial');
      const part = join(partial, 'model.safetensors.part');
      const when = () => existsSync(part) && statSync(part).size > 100_000;
      const killed = await waltz(['fetch', 'karpathy/stories'], { kill, when });
      expect(killed.code).not.toBe(0);
      expect(killed.out).toBe('');
      expect(
        new ModelCache(join(work, 'waltzrl')).find({
          kind: 'repository',
          name: 'karpathy/stories',
          revision: COMMIT,
          file: null,
        }),
      ).toBeNull();
      const { size } = statSync(part);
      hub.faults[stored] = {};
      hub.asked.length = 0;
      const done = await waltz(['fetch', 'karpathy/stories']);
      expect(done.code, done.errors).toBe(0);
      expect(hub.requestsFor('model.safetensors').map(({ range }) => range)).toEqual([
        `bytes=${size}-`,
        `bytes=${size}-`,
      ]);
      expect(
        readFileSync(join(done.out.trim(), 'model.safetensors')).equals(
          readFileSync(`${storiesFolder}model.safetensors`),
        ),
      ).toBe(true);
      expect(existsSync(partial)).toBe(false);
    },
    180_000,
  );

  it('keeps nothing of a wrong file, and says how to name one of several', async () => {
    const content = new Uint8Array(readFileSync(`${storiesFolder}model.safetensors`)).fill(1, 5000, 5001);
    hub.faults[stored] = { content };
    const wrong = await waltz(['fetch', 'karpathy/stories']);
    expect([wrong.code, wrong.out]).toEqual([1, '']);
    expect(wrong.errors).toContain('another checksum');
    hub.repositories['karpathy/ggufs'] = { files: { 'a.gguf': new Uint8Array(9), 'b.gguf': new Uint8Array(9) } };
    const several = await waltz(['fetch', 'karpathy/ggufs', '--hub', hub.address], {
      env: { HF_ENDPOINT: 'http://127.0.0.1:9' },
    });
    expect(several.errors).toContain('karpathy/ggufs:b.gguf');
    hub.repositories['karpathy/gated'] = { ...hub.repositories['karpathy/stories'], token: 'hf_mine' };
    const gated = await waltz(['fetch', 'karpathy/gated']);
    expect(gated.errors).toContain('HF_TOKEN');
    const entered = await waltz(['fetch', 'karpathy/gated'], { env: { HF_TOKEN: 'hf_mine' } });
    expect(entered.code, entered.errors).toBe(0);
    expect(hub.asked.filter(({ origin }) => origin === 'storage').every(({ authorization }) => !authorization)).toBe(
      true,
    );
  }, 180_000);
});

describe('the model of a command', () => {
  it('is a path before it is a name, and stays what it was where it is neither', () => {
    const cache = new ModelCache(join(work, 'cache'));
    expect(() => modelPath('some/model', cache)).toThrow(NotFetchedError);
    const folder = join(work, 'cache/models/some/model', COMMIT, 'folder/model');
    mkdirSync(folder, { recursive: true });
    mkdirSync(`${folder}.partial`);
    expect(modelPath(`some/model@${COMMIT}`, cache)).toBe(folder);
    expect(() => modelPath('some/model', cache)).toThrow(NotFetchedError);
    mkdirSync(join(work, 'cache/models/some/model/refs'));
    writeFileSync(join(work, 'cache/models/some/model/refs/main'), COMMIT);
    expect(modelPath('some/model', cache)).toBe(folder);
    expect(modelPath(work, cache)).toBe(work);
    expect(modelPath('model', cache)).toBe('model');
  });
});
