import type { Gpu } from '../gpu/device';
import { GpuMemoryError } from '../gpu/errors';
import { Plan, type Dims } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import { streamKey } from '../random/philox';
import type { Completion, GenerateOptions } from '../model/agent';
import { withoutWayBack, type PassingActivations } from './activations';
import type { LlamaConfig } from '../model/config';
import { addForward } from './forward';
import { KeyValueCache } from './key-value-cache';
import { TOKENS_PER_SUBMIT, type DecoderKernels, type LinearKernels } from './kernels';
import { parameterLayout } from '../model/layout';
import { slice } from './layout';
import { checkGeneration, checkIds, OneAtATime } from './requests';
import { FEW } from './variants';
import type { Weights } from './weights';
import type { Work } from './work';

/** How much one generation may hold at a time; more prompts go through in turns. */
export interface GenerationCapacity {
  /** Sequences generated side by side. */
  slots: number;
  /** New tokens a sequence. */
  newTokens: number;
  /** Tokens of a sequence, prompt and new ones; all that the model can read if left out. */
  length?: number;
}

const MOST_PROBES = 4;

/** What passes of a generation go through; whoever learns has it in its workspace. */
export interface DecodingWorkspace {
  /** Tokens that are computed at once. */
  readonly tokens: number;
  readonly rotation: GPUBuffer;
  readonly passing: PassingActivations;
}

/**
 * Batched generation that stays on the GPU: prompts are read in parallel up to their last token, then one token a sequence
 * and pass, drawn on the GPU; sequences that ended are dropped from the batch. One readback a call. A sequence's tokens do
 * not depend on the others, nor on how many are read at once. Keys and values of a rollout are kept until `forget`, so a
 * revision reads only what is new.
 */
export class Generator {
  readonly #gpu: Gpu;
  readonly #config: LlamaConfig;
  readonly #capacity: Required<GenerationCapacity>;
  readonly #endToken: number;
  readonly #work: Work;
  /** Tokens of prompts that are read at once. */
  readonly #readAtOnce: number;
  readonly #buffers: Record<
    'readDims' | 'readTokens' | 'dims' | 'tokens' | 'sequences' | 'drawn' | 'probed' | 'sampling' | 'logits',
    GPUBuffer
  >;
  readonly #read: Plan;
  /** One token more, of many sequences and of few. */
  readonly #decode: Plan;
  readonly #decodeFew: Plan;
  readonly #sample: Plan;
  /** Takes the first sequence's logits aside. */
  readonly #row: Plan;
  /** The same and more tokens in one dispatch, and for how many sequences that is taken. */
  readonly #single: { plan: Plan; many: boolean; few: boolean } | null = null;
  readonly #cache: KeyValueCache;
  readonly #calls = new OneAtATime();

  /** Passes go through the buffers of `workspace`, which must have room for a token of every slot. */
  constructor(
    gpu: Gpu,
    kernels: DecoderKernels,
    config: LlamaConfig,
    weights: Weights,
    endToken: number,
    capacity: GenerationCapacity,
    workspace: DecodingWorkspace,
    work: Work,
  ) {
    const { slots, newTokens, length = config.max_position_embeddings } = capacity;
    this.#gpu = gpu;
    this.#config = config;
    this.#capacity = { slots, newTokens, length };
    this.#endToken = endToken;
    this.#work = work;
    const room = workspace.tokens;
    if (slots > room) {
      throw new GpuMemoryError(
        `${slots} sequences side by side need as many tokens at once, not ${room}. Plan for more.`,
      );
    }
    this.#readAtOnce = Math.min(room, slots * length);
    const words = (name: string, count: number) => gpu.buffer(name, 4 * count);
    const cache = (this.#cache = new KeyValueCache(gpu, kernels, config, { slots, length }));
    const activations = withoutWayBack(workspace.passing, cache.layers);
    this.#buffers = {
      readDims: gpu.dims('read-dims'),
      readTokens: words('read-tokens', 4 * this.#readAtOnce),
      dims: gpu.dims('decode-dims'),
      tokens: words('decode-tokens', 4 * slots),
      sequences: words('decode-sequences', 4 * slots),
      drawn: words('drawn', 2 * slots * newTokens),
      probed: words('probed', MOST_PROBES * slots),
      sampling: gpu.buffer('sampling', 32 + 16 * MOST_PROBES, GPUBufferUsage.UNIFORM),
      logits: words('next-logits', config.vocab_size),
    };
    const b = this.#buffers;
    const forward = (linears: LinearKernels, dims: GPUBuffer, tokens: GPUBuffer, rows: 'all' | 'none') => {
      const plan = new Plan(gpu);
      const batch = { dims, tokens, rows };
      addForward(plan, gpu, kernels, linears, config, weights, workspace.rotation, batch, activations);
      return plan;
    };
    this.#read = forward(kernels.training, b.readDims, b.readTokens, 'none');
    this.#decode = forward(kernels.decoding, b.dims, b.tokens, 'all');
    this.#decodeFew = forward(kernels.few, b.dims, b.tokens, 'all');
    if (cache.whole && kernels.single.kernel) {
      const { kernel, shape, many, few } = kernels.single;
      const embedding = slice(weights.buffer, parameterLayout(config).embed);
      const model = [gpu.uniform('shape', shape), embedding, weights.transposed, workspace.rotation, cache.whole];
      const plan = new Plan(gpu);
      const resources = [b.dims, b.sampling, ...model, b.tokens, b.sequences, b.drawn, b.probed];
      plan.add(kernel, resources, { extent: 'sequences', units: 64 });
      this.#single = { plan, many, few };
    }
    this.#sample = new Plan(gpu);
    this.#sample.add(
      kernels.sample,
      [b.dims, b.sampling, activations.logits, b.tokens, b.sequences, b.drawn, b.probed],
      { extent: 'rows', units: 1 },
    );
    this.#sample.add(kernels.compact, [b.dims, b.tokens, b.sequences], { invocations: 1 });
    this.#row = new Plan(gpu);
    this.#row.add(kernels.row, [b.dims, activations.logits, b.logits], { invocations: config.vocab_size });
  }

  /** Drops cached keys and values; called when the parameters change. */
  forget(): void {
    this.#cache.forget();
  }

  async generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    const { maxNewTokens, probes = [] } = options;
    const { slots, newTokens, length: room } = this.#capacity;
    checkGeneration(prompts, options, this.#config);
    const longest = prompts.reduce((most, prompt) => Math.max(most, prompt.length), 0);
    if (longest + maxNewTokens > room || maxNewTokens > newTokens || probes.length > MOST_PROBES) {
      throw new GpuMemoryError(
        `A prompt of ${longest} tokens and ${maxNewTokens} new ones with ${probes.length} probes do not fit the planned ${room}, ${newTokens} and ${MOST_PROBES}. Shorten them.`,
      );
    }
    return await this.#calls.run(async () => {
      const completions: Completion[] = [];
      for (let from = 0; from < prompts.length; from += slots) {
        const rollouts = options.draw.rollouts.slice(from, from + slots);
        completions.push(...(await this.#turn(prompts.slice(from, from + slots), rollouts, options)));
      }
      return completions;
    });
  }

  /** Logits [vocab_size] of the token after `ids`, which go through the first slot. */
  async next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const { length: room } = this.#capacity;
    checkIds([ids], { ...this.#config, max_position_embeddings: room });
    return await this.#calls.run(async () => {
      const b = this.#buffers;
      const last = ids.length - 1;
      const read: number[] = [];
      for (let position = this.#cache.common(0, ids); position < last; position++) {
        read.push(ids[position], position, 0, 0);
      }
      this.#readPrompts(new Uint32Array(read));
      const dims: Dims = { tokens: 1, rows: 1, sequences: 1, chunks: 0 };
      this.#gpu.write(b.dims, new Uint32Array([1, 1, 1, 0]));
      this.#gpu.write(b.tokens, new Uint32Array([ids[last], last, 0, 0]));
      this.#gpu.submit('next', (recorder) => {
        this.#decodeFew.encode(recorder, dims);
        this.#row.encode(recorder, dims);
      });
      this.#cache.hold(0, { rollout: null, ids: [...ids] });
      this.#work.passed('forward', dims);
      return await this.#gpu.readFloats(b.logits, 0, this.#config.vocab_size);
    });
  }

  async #turn(
    prompts: readonly (readonly number[])[],
    rollouts: readonly number[],
    options: GenerateOptions,
  ): Promise<Completion[]> {
    const { maxNewTokens, probes = [] } = options;
    const gpu = this.#gpu;
    const b = this.#buffers;
    const count = prompts.length;
    const slots = this.#cache.assign(rollouts);
    const reused = prompts.map((prompt, i) => this.#cache.common(slots[i], prompt));
    const { length: room } = this.#capacity;
    const read: number[] = [];
    const next = new Uint32Array(4 * count);
    prompts.forEach((prompt, i) => {
      const base = slots[i] * room;
      const last = prompt.length - 1;
      for (let position = reused[i]; position < last; position++) read.push(prompt[position], position, base, i);
      next.set([prompt[last], last, base, i], 4 * i);
    });
    this.#readPrompts(new Uint32Array(read));
    const decode: Dims = { tokens: count, rows: count, sequences: count, chunks: 0 };
    gpu.write(b.dims, new Uint32Array([count, count, count, 0]));
    gpu.write(b.tokens, next);
    gpu.write(b.sequences, new Uint32Array(rollouts.flatMap((rollout) => [rollout, 0, 1, 0])));
    gpu.write(b.probed, new Float32Array(MOST_PROBES * count).fill(NaN));
    gpu.write(b.sampling, this.#sampling(options));

    for (let made = 0; made < maxNewTokens; made += TOKENS_PER_SUBMIT) {
      this.#gpu.submit('generate', (recorder) => {
        this.#decodeTokens(recorder, decode, Math.min(TOKENS_PER_SUBMIT, maxNewTokens - made));
      });
    }
    const [sequences, drawn, probed] = await Promise.all([
      this.#gpu.readWords(b.sequences, 0, 4 * count),
      this.#gpu.readWords(b.drawn, 0, 2 * count * this.#capacity.newTokens),
      this.#gpu.readFloats(b.probed, 0, MOST_PROBES * count),
    ]);
    const logprobs = new Float32Array(drawn.buffer);
    // A sequence that has ended is not read again, so each costs what it drew and no more.
    const made = prompts.reduce((sum, _, i) => sum + sequences[4 * i + 1], 0);
    this.#work.passed('forward', { tokens: made, rows: made });
    return prompts.map((prompt, i) => {
      const from = 2 * i * this.#capacity.newTokens;
      const places = Array.from({ length: sequences[4 * i + 1] }, (_, n) => from + 2 * n);
      const ids = [...prompt, ...places.map((place) => drawn[place])];
      // The last token drawn was never read, so its key and value are not there.
      this.#cache.hold(slots[i], { rollout: rollouts[i], ids: ids.slice(0, -1) });
      return {
        ids,
        logprobs: places.map((place) => logprobs[place + 1]),
        probes: probes.map((_, p) => probed[MOST_PROBES * i + p]),
      };
    });
  }

  /** So many tokens more of every sequence that has not ended; in one dispatch a sequence looks itself where it ends. */
  #decodeTokens(recorder: Recorder, dims: Dims, count: number): void {
    const many = dims.sequences > FEW;
    if (this.#single?.[many ? 'many' : 'few']) {
      this.#single.plan.encode(recorder, dims);
      return;
    }
    for (let n = 0; n < count; n++) {
      (many ? this.#decode : this.#decodeFew).encode(recorder, dims);
      this.#sample.encode(recorder, dims);
    }
  }

  /** Fills the cache with the keys and values of these tokens [tokens, 4], as many at a time as there is room for. */
  #readPrompts(records: Uint32Array<ArrayBuffer>): void {
    const { readDims, readTokens } = this.#buffers;
    for (let from = 0; from < records.length; from += 4 * this.#readAtOnce) {
      const part = records.slice(from, from + 4 * this.#readAtOnce);
      const dims: Dims = { tokens: part.length / 4, rows: 0, sequences: 0, chunks: 0 };
      this.#gpu.write(readDims, new Uint32Array([dims.tokens, 0, 0, 0]));
      this.#gpu.write(readTokens, part);
      this.#gpu.submit('read', (recorder) => {
        this.#read.encode(recorder, dims);
      });
      this.#work.passed('forward', dims);
    }
  }

  #sampling({ draw, temperature, maxNewTokens, probes = [] }: GenerateOptions): ArrayBuffer {
    const words = new Uint32Array(8 + 4 * MOST_PROBES);
    words.set([...streamKey(draw.seed, draw.stream), draw.step, draw.phase]);
    new Float32Array(words.buffer)[4] = temperature;
    words.set([this.#endToken, maxNewTokens, probes.length], 5);
    probes.forEach(({ after, token }, i) => words.set([after, token], 8 + 4 * i));
    return words.buffer;
  }
}
