/** How fast weights are read: a safetensors file of SmolLM2-135M's shape, in memory, into the flat parameters. */
import { sourcesOf } from '../src/checkpoint/byte-source';
import { readParameters } from '../src/checkpoint/weights';
import { bytesPerValue, type Dtype } from '../src/checkpoint/numbers';
import { parameterLayout } from '../src/model/layout';
import { smolLM as config } from './workloads';

const TIMES = 3;

/** A file whose every number is finite in every kind: bytes 0 to 59, over and over. */
function file(dtype: Dtype): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    parameterLayout(config).tensors.map(({ name, shape, size }) => {
      return [name, { dtype, shape, data_offsets: [end, (end += size * bytesPerValue[dtype])] }];
    }),
  );
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  for (let i = 8 + json.length; i < bytes.length; i++) bytes[i] = i % 60;
  return bytes;
}

/** Prints a line for each kind of number: the rate of the fastest of some readings, its seconds, and those of the processor. */
export async function benchReading(): Promise<void> {
  const { count } = parameterLayout(config);
  console.log(`${(count / 1e6).toFixed(1)} M parameters, the fastest of ${TIMES} readings`);
  for (const dtype of Object.keys(bytesPerValue) as Dtype[]) {
    const files = { 'model.safetensors': file(dtype) };
    const readings: { seconds: number; busy: number }[] = [];
    for (let time = 0; time < TIMES; time++) {
      const [start, busy] = [performance.now(), process.cpuUsage()];
      await readParameters(sourcesOf(files), config, 'model');
      const { user, system } = process.cpuUsage(busy);
      readings.push({ seconds: (performance.now() - start) / 1000, busy: (user + system) / 1e6 });
    }
    const best = readings.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    const rate = files['model.safetensors'].length / 1e6 / best.seconds;
    const spent = `${best.seconds.toFixed(2)} s, of them ${best.busy.toFixed(2)} s at work`;
    console.log(`${dtype.padEnd(4)} ${rate.toFixed(0)} MB/s of the file: ${spent}`);
  }
}
