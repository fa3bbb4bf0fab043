import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { agentState, smallConfig } from '../checkpoint/fixtures';
import { decode, encode, foreignFolder, withValue } from '../checkpoint/guest-folder';
import { attempt, bit, flip, folder, own, refused, refusedOrMeant, watch } from './hostile';

watch();
const sharded = foreignFolder(smallConfig, { shards: 2 }).files;
const meantSharded = await attempt(folder(sharded));

/** A safetensors file of this header, with the data of the true one. */
function forged(header: unknown, length?: bigint): Uint8Array {
  const true_ = own['model.safetensors'];
  const data = true_.subarray(8 + Number(new DataView(true_.buffer).getBigUint64(0, true)));
  const json = encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}
const trueHeader = () => {
  const bytes = own['model.safetensors'];
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return decode(bytes.subarray(8, 8 + length)) as Record<string, { shape?: number[]; data_offsets?: number[] }>;
};
const tensorNames = Object.keys(trueHeader()).filter((name) => name !== '__metadata__');
const weights = (bytes: Uint8Array) => folder({ ...own, 'model.safetensors': bytes });

describe('a bit flipped', () => {
  it('anywhere in a header of safetensors', async () => {
    const weights = own['model.safetensors'];
    const length = 8 + Number(new DataView(weights.buffer).getBigUint64(0, true));
    await fc.assert(
      fc.asyncProperty(fc.nat(length - 1), bit, (at, b) =>
        refusedOrMeant(folder({ ...own, 'model.safetensors': flip(weights, at, b) })),
      ),
      { numRuns: 300 },
    );
  });

  it('anywhere in the index of shards', async () => {
    const name = 'model.safetensors.index.json';
    await fc.assert(
      fc.asyncProperty(fc.nat(sharded[name].length - 1), bit, (at, b) =>
        refusedOrMeant(folder({ ...sharded, [name]: flip(sharded[name], at, b) }), meantSharded),
      ),
      { numRuns: 150 },
    );
  });
});

describe('weights that lie', () => {
  it('about the length of their header, up to 4 GB and beyond', async () => {
    const length = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom(2n ** 32n, 2n ** 53n, 10n ** 8n),
    );
    await fc.assert(
      fc.asyncProperty(length, (announced) => refusedOrMeant(weights(forged(trueHeader(), announced)))),
      { numRuns: 100 },
    );
  });

  it('about where their tensors stand', async () => {
    const offset = fc.oneof(fc.integer(), fc.nat(20_000), fc.double(), fc.constantFrom(2 ** 53, -1, 1e308));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tensorNames), fc.array(offset, { maxLength: 3 }), (name, offsets) => {
        const header = trueHeader();
        header[name].data_offsets = offsets;
        return refusedOrMeant(weights(forged(header)));
      }),
      { numRuns: 150 },
    );
  });

  it('about their shapes, or that overlap', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tensorNames), fc.array(fc.oneof(fc.nat(40), fc.integer())), (name, shape) => {
        const header = trueHeader();
        header[name].shape = shape;
        return refusedOrMeant(weights(forged(header)));
      }),
      { numRuns: 150 },
    );
    const [first, second] = tensorNames;
    const header = trueHeader();
    header[second].data_offsets = header[first].data_offsets!;
    await refused(weights(forged(header)));
  });

  it('with a NaN or an infinity', async () => {
    for (const value of [NaN, Infinity, -Infinity]) await refused(weights(withValue(smallConfig, value)));
  });
});

describe('an ONNX file', () => {
  const { 'model.safetensors': _, ...rest } = own;
  const onnx = writeOnnx(agentState(1), { precision: 'f32' });
  const offer = (bytes: Uint8Array) => folder({ ...rest, 'onnx/model.onnx': bytes });

  it('that was cut off or changed, anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(onnx.length - 1), bit, async (at, b) => {
        const guest = await attempt(offer(flip(onnx, at, b)));
        if (guest) expect(guest.config).toEqual(smallConfig);
        await refused(offer(onnx.subarray(0, at)));
      }),
      { numRuns: 150 },
    );
  });

  it('of more fields than anybody has, or of nothing', async () => {
    await refused(offer(new Uint8Array(4_000_000).fill(8)));
    await refused(offer(new Uint8Array()));
  });
});
