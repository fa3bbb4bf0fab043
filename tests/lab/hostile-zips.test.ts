import { zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archive, bit, flip, own, refused, refusedOrMeant, watch, zip } from './hostile';

watch();

describe('a zip', () => {
  it('cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), (length) => refused(archive(zip.subarray(0, length)))),
      { numRuns: 150 },
    );
  });

  it('with a bit flipped in every field of its headers', async () => {
    const view = new DataView(zip.buffer);
    const end = zip.length - 22;
    const directory = view.getUint32(end + 16, true);
    const places = [
      ...Array.from({ length: 30 }, (_, i) => i),
      ...Array.from({ length: 46 }, (_, i) => directory + i),
      ...Array.from({ length: 22 }, (_, i) => end + i),
    ];
    for (const at of places) for (let b = 0; b < 8; b++) await refusedOrMeant(archive(flip(zip, at, b)));
  }, 120_000);

  it('with a bit flipped anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), bit, (at, b) => refusedOrMeant(archive(flip(zip, at, b)))),
      { numRuns: 300 },
    );
  });
});

describe('zips that do harm', () => {
  const paths = ['../x', 'a/../../x', '/etc/x', 'C:/x', 'C:\\x', 'a\\..\\x', '..', './x', 'a//x', 'a/\u0000x', 'a/\nx'];
  it.each(paths)('with the path %j', async (path) => {
    await refused(archive(zipSync({ ...own, [path]: new Uint8Array(3) })));
    await refused(
      archive(
        zipSync({
          [`${path}/config.json`]: own['config.json'],
          [`${path}/model.safetensors`]: own['model.safetensors'],
        }),
      ),
    );
    await refused([
      { path: `${path}/config.json`, content: new Blob([new Uint8Array(own['config.json'])]) },
      { path: `${path}/model.safetensors`, content: new Blob([new Uint8Array(own['model.safetensors'])]) },
    ]);
  });

  it('with more in them than there is room for', async () => {
    const bomb = zipSync({ 'm/config.json': new Uint8Array(2 ** 24), 'm/model.safetensors': new Uint8Array(2 ** 24) });
    expect(bomb.length).toBeLessThan(40_000);
    await refused(archive(bomb));
    // Announced beyond what deflate can hold, and beyond all limits.
    for (const size of [2 ** 28, 2 ** 30, 2 ** 32 - 2, 2 ** 32 - 1]) {
      const lying = zip.slice();
      const view = new DataView(lying.buffer);
      view.setUint32(view.getUint32(zip.length - 6, true) + 24, size, true);
      await refused(archive(lying));
    }
    const many = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`${i}`, new Uint8Array()]));
    await refused(archive(zipSync(many)));
  });

  it('with one name twice', async () => {
    const twice = Buffer.from(zipSync({ ...own, 'config.jsom': own['config.json'] }));
    for (let at = twice.indexOf('config.jsom'); at >= 0; at = twice.indexOf('config.jsom'))
      twice.write('config.json', at);
    await refused(archive(twice));
  });

  it('of anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), (bytes) => refused(archive(bytes))),
      { numRuns: 100 },
    );
  });
});
