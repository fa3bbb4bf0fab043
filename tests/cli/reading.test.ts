/** A model on disk, in whatever it is kept. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readModel } from '../../cli/thread/read-model';
import { packZip } from '../../src/checkpoint/zip';
import { smallGguf } from '../checkpoint/gguf/small-gguf';
import { ownFolder } from '../checkpoint/guest-folder';
import { readBaseAgents } from '../../cli/base-agents';
import { writeRunArchive } from '../../src/checkpoint/archive';
import { presets } from '../../src/lab/config';
import { runFormat, type KeptRun } from '../../src/lab/run/run-format';

const work = mkdtempSync(join(tmpdir(), 'waltz-read-'));
afterAll(() => rmSync(work, { recursive: true }));

const write = (path: string, bytes: Uint8Array | string): string => {
  const place = join(work, path);
  mkdirSync(join(place, '..'), { recursive: true });
  writeFileSync(place, bytes);
  return place;
};
const own = ownFolder();
const folderOf = (name: string) => {
  for (const [file, bytes] of Object.entries(own)) write(`${name}/${file}`, bytes);
  return join(work, name);
};
const inZip = (...folders: string[]) =>
  packZip(
    Object.fromEntries(
      folders.flatMap((folder) => Object.entries(own).map(([file, bytes]) => [`${folder}/${file}`, bytes] as const)),
    ),
  );

describe('a model on disk', () => {
  it('in a GGUF file is told by its content', async () => {
    const named = await readModel(write('small.Q8.gguf', smallGguf()), 'conversation');
    expect(named).toMatchObject({ container: 'GGUF', guest: { name: 'small.Q8' } });
    const download = await readModel(write('download', smallGguf()), 'conversation');
    expect(download).toEqual({ ...named, guest: { ...named.guest, name: 'download' } });
    write('one/README.md', 'x');
    write('one/small.gguf', smallGguf());
    const { guest } = await readModel(join(work, 'one'), 'conversation');
    expect(guest.parameters).toEqual(named.guest.parameters);
  });

  it('in a folder or a zip is the same', async () => {
    const folder = await readModel(folderOf('mine'), 'conversation');
    expect(folder).toMatchObject({ container: 'folder', license: null, guest: { name: 'mine' } });
    for (const name of ['mine.zip', 'mine.download']) {
      expect(await readModel(write(name, inZip('mine')), 'conversation')).toEqual({ ...folder, container: 'zip' });
    }
    write('mine/extra.gguf', smallGguf());
    expect(await readModel(join(work, 'mine'), 'conversation')).toEqual(folder);
    write('mine/README.md', '---\nlanguage: en\nlicense: apache-2.0\n---\n\n# license: none\n');
    expect(await readModel(join(work, 'mine'), 'conversation')).toEqual({ ...folder, license: 'apache-2.0' });
  });

  it('in an archive is the agent that is asked for', async () => {
    const base = await readBaseAgents(presets.tiny);
    const run: KeptRun = {
      ...{ run: 'id', name: 'tiny', config: presets.tiny, task: base.task, step: 0, finished: false },
      ...{ metrics: [], evaluations: [], measured: [], agents: base.agents, tokenizer: base.tokenizer, counters: {} },
      provenance: { adapter: 'an adapter', build: '1.2.3', variants: {} },
    };
    const archive = await writeRunArchive(run, runFormat);
    for (const path of [
      write('any.waltz', archive),
      join(write('run/run.waltz', archive), '..'),
      'public/agents/tiny.waltz',
    ]) {
      for (const agent of ['conversation', 'feedback'] as const) {
        const { guest } = await readModel(path, agent);
        expect(guest.parameters).toEqual(base.agents[agent].parameters);
      }
    }
  });

  it.each([
    ['that is not there', () => join(work, 'nowhere'), /no file or folder/],
    [
      'in one of two GGUF files',
      () => (write('two/a.gguf', ''), join(write('two/b.gguf', ''), '..')),
      /a\.gguf, b\.gguf/,
    ],
    ['in none', () => join(write('empty/README.md', ''), '..'), /no config\.json/],
    ['in a page of HTML', () => write('page.gguf', '<html>'), /does not begin with "GGUF"/],
    ['in any other file', () => write('notes.txt', 'hello'), /no model here/],
    ['among others', () => write('several.zip', inZip('a', 'b')), /2 models.*several: a/s],
  ])('%s is refused in words', async (_, path, words) => {
    await expect(readModel(path(), 'conversation')).rejects.toThrow(words);
  });
});
