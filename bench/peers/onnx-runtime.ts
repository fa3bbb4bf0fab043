import type * as Ort from 'onnxruntime-web';
import { writeOnnx } from '../../src/checkpoint/onnx';
import type { LlamaConfig } from '../../src/model/config';
import type { Runtime } from '../../src/onnx/decoder';
import type { GenerationContender, Start } from '../contender';

type Cache = Record<string, Ort.Tensor>;

/** Greedy decoding as transformers.js does it: a KV cache that stays on the GPU, and logits that are read back. */
export async function openGeneration(
  name: string,
  runtime: Runtime,
  options: Ort.InferenceSession.SessionOptions,
  { config, parameters }: Start,
): Promise<GenerationContender> {
  const model = writeOnnx({ config, parameters }, { precision: 'f32' });
  const session = await runtime.InferenceSession.create(model, options);
  const int64 = (rows: readonly (readonly number[])[]) =>
    new runtime.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0].length]);

  return {
    name,
    async generate(prompts, newTokens) {
      const drawn = prompts.map((): number[] => []);
      let unread = prompts;
      let past = 0;
      let cache = emptyCache(runtime, session, config, prompts.length);
      while (drawn[0].length < newTokens) {
        const total = past + unread[0].length;
        const { logits, ...present } = (await session.run({
          input_ids: int64(unread),
          attention_mask: int64(prompts.map(() => Array<number>(total).fill(1))),
          position_ids: int64(unread.map((row) => row.map((_, i) => past + i))),
          ...cache,
        })) as Record<string, Ort.Tensor>;
        disposeAll(cache);
        cache = Object.fromEntries(
          Object.entries(present).map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
        );
        const ids = likeliest(logits);
        ids.forEach((id, row) => drawn[row].push(id));
        unread = ids.map((id) => [id]);
        past = total;
      }
      disposeAll(cache);
      return drawn;
    },
    dispose() {
      void session.release();
    },
  };
}

function emptyCache(
  { Tensor }: Runtime,
  { inputNames }: Ort.InferenceSession,
  { num_key_value_heads, head_dim }: LlamaConfig,
  batch: number,
): Cache {
  const names = inputNames.filter((name) => name.startsWith('past_key_values.'));
  const shape = [batch, num_key_value_heads, 0, head_dim];
  return Object.fromEntries(names.map((name) => [name, new Tensor('float32', new Float32Array(), shape)]));
}

/** Tensors on the GPU are freed by nobody else. */
function disposeAll(cache: Cache): void {
  for (const tensor of Object.values(cache)) tensor.dispose();
}

/** Of logits [batch, length, vocabulary], each sequence's best id after its last token. */
function likeliest({ data, dims: [batch, length, vocabulary] }: Ort.Tensor): number[] {
  const logits = data as Float32Array;
  return Array.from({ length: batch }, (_, row) => {
    const first = ((row + 1) * length - 1) * vocabulary;
    let best = 0;
    for (let id = 1; id < vocabulary; id++) if (logits[first + id] > logits[first + best]) best = id;
    return best;
  });
}
