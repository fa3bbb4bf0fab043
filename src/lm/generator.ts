import { allocate, constant, sizes, storage, uniform, type Allocated } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import { GpuMemoryError } from '../gpu/errors';
import { Plan } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import { dims, generatedSequence, MOST_PROBES, sampling, token, type Dims, type Token } from '../gpu/structs';
import { marksLength, tokenMarks } from '../gpu/token-marks';
import { streamKey } from '../random/philox';
import type { Completion, GenerateOptions } from '../model/agent';
import { withCaches, type InferenceActivations } from './activations';
import type { LlamaConfig } from '../model/config';
import type { ForwardConstants } from './constants';
import { addForward, type BatchBuffers, type ForwardWeights } from './forward';
import { KeyValueCache } from './key-value-cache';
import { TOKENS_PER_SUBMIT, type DecoderKernels, type LinearKernels } from './kernels';
import type { TokenRules } from '../model/token-rules';
import { checkGeneration, checkIds, OneAtATime } from '../model/requests';
import { FEW } from './variants';
import type { WorkCounter } from '../model/work-counter';

/** How much one generation may hold at a time; more prompts go through in turns. */
export interface GenerationCapacity {
  /** Sequences generated side by side. */
  slots: number;
  /** New tokens a sequence. */
  newTokens: number;
  /** Tokens of a sequence, prompt and new ones; all that the model can read if left out. */
  length?: number;
}

/** What passes of a generation go through. A training workspace has it too. */
export interface DecodingWorkspace {
  /** Tokens that are computed at once. */
  readonly tokens: number;
  readonly constants: { forward: ForwardConstants };
  readonly inference: InferenceActivations;
}

/** Tokens of prompts that are read at once. */
const readAtOnce = (tokens: number, { slots, length }: Required<GenerationCapacity>) =>
  Math.min(tokens, slots * length);

/** Buffers of a generator, its cache left out. `tokens` is how many a pass computes at once. */
export function generatorBuffers(
  config: LlamaConfig,
  capacity: Required<GenerationCapacity>,
  tokens: number,
  decodeLengths?: ArrayBuffer,
) {
  const { slots, newTokens } = capacity;
  const numbers = (label: string, count: number) => storage(label, 'other', count);
  return {
    readDims: sizes('read-dims'),
    readTokens: numbers('read-tokens', (readAtOnce(tokens, capacity) * token.size) / 4),
    dims: sizes('decode-dims'),
    tokens: numbers('decode-tokens', (slots * token.size) / 4),
    sequences: numbers('decode-sequences', (slots * generatedSequence.size) / 4),
    /** [slots, newTokens, 2]: id, bits of its log-probability. */
    drawn: numbers('drawn', 2 * slots * newTokens),
    /** [slots, MOST_PROBES] */
    probed: numbers('probed', MOST_PROBES * slots),
    sampling: uniform('sampling', sampling),
    logits: numbers('next-logits', config.vocab_size),
    marks: { ...numbers('token-marks', marksLength(config.vocab_size)), bound: 'both' as const },
    decodeLengths: decodeLengths ? constant('shape', decodeLengths) : null,
  };
}

const SEQUENCE_WORDS = generatedSequence.size / 4;

/**
 * Batched generation that stays on the GPU. Prompts are read in parallel up to their last token. Then each pass draws one
 * token a sequence, and drops the sequences that ended. As many prompts as there are slots cost one readback. A sequence's
 * tokens do not depend on the others, nor on how many are read at once. Keys and values are kept until `forget`: of a prompt
 * with a known cache key only what is new is read.
 */
export class Generator {
  readonly #gpu: Gpu;
  readonly #config: LlamaConfig;
  readonly #capacity: Required<GenerationCapacity>;
  readonly #suppressed: number;
  readonly #work: WorkCounter;
  /** Tokens of prompts that are read at once. */
  readonly #readAtOnce: number;
  readonly #buffers: Allocated<ReturnType<typeof generatorBuffers>>;
  readonly #read: Plan;
  /** A pass for one more token of each of many sequences, and of few. */
  readonly #decode: Plan;
  readonly #decodeFew: Plan;
  readonly #sample: Plan;
  /** Copies the first sequence's logits to a buffer of their own. */
  readonly #row: Plan;
  /** Several tokens in one dispatch, and whether many and few sequences are generated so. */
  readonly #single: { plan: Plan; many: boolean; few: boolean } | null = null;
  readonly #cache: KeyValueCache;
  readonly #calls = new OneAtATime();

  /** Passes go through the buffers of `workspace`, which must have room for a token of every slot. */
  constructor(
    gpu: Gpu,
    kernels: DecoderKernels,
    config: LlamaConfig,
    weights: ForwardWeights,
    rules: TokenRules,
    capacity: GenerationCapacity,
    workspace: DecodingWorkspace,
    work: WorkCounter,
  ) {
    const { slots, newTokens, length = config.max_position_embeddings } = capacity;
    this.#gpu = gpu;
    this.#config = config;
    const whole = (this.#capacity = { slots, newTokens, length });
    this.#suppressed = rules.suppressTokens?.length ?? 0;
    this.#work = work;
    const workspaceTokens = workspace.tokens;
    if (slots > workspaceTokens) {
      throw new GpuMemoryError(
        `${slots} sequences side by side need as many tokens at once, not ${workspaceTokens}. Plan for more.`,
      );
    }
    this.#readAtOnce = readAtOnce(workspaceTokens, whole);
    const cache = (this.#cache = new KeyValueCache(gpu, kernels, config, { slots, length }));
    const activations = withCaches(workspace.inference, cache.layers);
    this.#buffers = allocate(gpu, generatorBuffers(config, whole, workspaceTokens, kernels.single.lengths));
    const b = this.#buffers;
    gpu.write(b.marks, tokenMarks(rules, config.vocab_size));
    const constants = workspace.constants.forward;
    const forward = (linears: LinearKernels, batch: BatchBuffers) => {
      const plan = new Plan(gpu);
      addForward(plan, kernels, linears, config, weights, constants, batch, activations);
      return plan;
    };
    this.#read = forward(kernels.training, { dims: b.readDims, tokens: b.readTokens, rows: 'none' });
    this.#decode = forward(kernels.decoding, { dims: b.dims, tokens: b.tokens, rows: 'all' });
    this.#decodeFew = forward(kernels.few, { dims: b.dims, tokens: b.tokens, rows: 'all' });
    if (cache.whole && weights.allTransposed && b.decodeLengths && kernels.single.kernel) {
      const { kernel, many, few } = kernels.single;
      const { embedding, allTransposed } = weights;
      const model = [b.decodeLengths, embedding, allTransposed, constants.rotation, cache.whole];
      const plan = new Plan(gpu);
      const resources = [b.dims, b.sampling, ...model, b.tokens, b.sequences, b.drawn, b.probed, b.marks];
      plan.add(kernel, resources, { extent: 'sequences', units: 64 });
      this.#single = { plan, many, few };
    }
    this.#sample = new Plan(gpu);
    this.#sample.add(
      kernels.sample,
      [b.dims, b.sampling, activations.logits, b.tokens, b.sequences, b.drawn, b.probed, b.marks],
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
    const { slots, newTokens, length: sequenceLength } = this.#capacity;
    checkGeneration(prompts, options, this.#config);
    const longest = prompts.reduce((most, prompt) => Math.max(most, prompt.length), 0);
    if (longest + maxNewTokens > sequenceLength || maxNewTokens > newTokens || probes.length > MOST_PROBES) {
      throw new GpuMemoryError(
        `A prompt of ${longest} tokens and ${maxNewTokens} new ones with ${probes.length} probes do not fit the planned ${sequenceLength}, ${newTokens} and ${MOST_PROBES}. Shorten them.`,
      );
    }
    return await this.#calls.run(async () => {
      const completions: Completion[] = [];
      for (let from = 0; from < prompts.length; from += slots) {
        const rollouts = options.draw.rollouts.slice(from, from + slots);
        const keys = rollouts.map((_, i) => options.cache?.[from + i] ?? null);
        completions.push(...(await this.#turn(prompts.slice(from, from + slots), rollouts, keys, options)));
      }
      return completions;
    });
  }

  /** Logits [vocab_size] of the token after `ids`, which go through the first slot. */
  async next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const { length: sequenceLength } = this.#capacity;
    checkIds([ids], { ...this.#config, max_position_embeddings: sequenceLength });
    return await this.#calls.run(async () => {
      const b = this.#buffers;
      const last = ids.length - 1;
      this.#readPrompts(tokensOf(ids, this.#cache.common(0, ids), last, { base: 0, link: 0 }));
      const one: Dims = { tokens: 1, rows: 1, sequences: 1, chunks: 0 };
      this.#gpu.write(b.dims, dims.pack(one));
      this.#gpu.write(b.tokens, token.pack({ id: ids[last], position: last, base: 0, link: 0 }));
      this.#gpu.submit('next', (recorder) => {
        this.#decodeFew.encode(recorder, one);
        this.#row.encode(recorder, one);
      });
      this.#cache.hold(0, { key: null, ids: [...ids] });
      this.#work.passed('forward', one);
      return await this.#gpu.readFloats(b.logits, 0, this.#config.vocab_size);
    });
  }

  async #turn(
    prompts: readonly (readonly number[])[],
    rollouts: readonly number[],
    keys: readonly (number | null)[],
    options: GenerateOptions,
  ): Promise<Completion[]> {
    const { maxNewTokens, probes = [] } = options;
    const gpu = this.#gpu;
    const b = this.#buffers;
    const count = prompts.length;
    const slots = this.#cache.assign(keys);
    const reused = prompts.map((prompt, i) => this.#cache.common(slots[i], prompt));
    const { length: sequenceLength } = this.#capacity;
    const sequence = (i: number) => ({ base: slots[i] * sequenceLength, link: i });
    this.#readPrompts(prompts.flatMap((prompt, i) => tokensOf(prompt, reused[i], prompt.length - 1, sequence(i))));
    const decode: Dims = { tokens: count, rows: count, sequences: count, chunks: 0 };
    gpu.write(b.dims, dims.pack(decode));
    gpu.write(
      b.tokens,
      token.packAll(prompts.flatMap((prompt, i) => tokensOf(prompt, prompt.length - 1, prompt.length, sequence(i)))),
    );
    gpu.write(b.sequences, generatedSequence.packAll(rollouts.map((rollout) => ({ rollout, made: 0, alive: 1 }))));
    gpu.write(b.probed, new Float32Array(MOST_PROBES * count).fill(NaN));
    gpu.write(b.sampling, this.#sampling(options));

    for (let made = 0; made < maxNewTokens; made += TOKENS_PER_SUBMIT) {
      this.#gpu.submit('generate', (recorder) => {
        this.#decodeTokens(recorder, decode, Math.min(TOKENS_PER_SUBMIT, maxNewTokens - made));
      });
    }
    const [sequences, drawn, probed] = await Promise.all([
      this.#gpu.readWords(b.sequences, 0, SEQUENCE_WORDS * count),
      this.#gpu.readWords(b.drawn, 0, 2 * count * this.#capacity.newTokens),
      this.#gpu.readFloats(b.probed, 0, MOST_PROBES * count),
    ]);
    const logprobs = new Float32Array(drawn.buffer);
    // A sequence that has ended is not read again, so each costs as many tokens as it drew.
    const made = prompts.map((_, i) => sequences[SEQUENCE_WORDS * i + generatedSequence.offset('made') / 4]);
    const tokens = made.reduce((sum, one) => sum + one, 0);
    this.#work.passed('forward', { tokens, rows: tokens });
    return prompts.map((prompt, i) => {
      const from = 2 * i * this.#capacity.newTokens;
      const places = Array.from({ length: made[i] }, (_, n) => from + 2 * n);
      const ids = [...prompt, ...places.map((place) => drawn[place])];
      // The last token drawn was never read, so its key and value are not there.
      this.#cache.hold(slots[i], { key: keys[i], ids: ids.slice(0, -1) });
      return {
        ids,
        logprobs: places.map((place) => logprobs[place + 1]),
        probes: probes.map((_, p) => probed[MOST_PROBES * i + p]),
      };
    });
  }

  /** Makes `count` more tokens of every sequence that has not ended. A single dispatch finds the ends by itself. */
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

  /** Computes keys and values of these tokens into the cache, as many tokens at a time as there is room for. */
  #readPrompts(tokens: readonly Token[]): void {
    const { readDims, readTokens } = this.#buffers;
    for (let from = 0; from < tokens.length; from += this.#readAtOnce) {
      const part = tokens.slice(from, from + this.#readAtOnce);
      const read: Dims = { tokens: part.length, rows: 0, sequences: 0, chunks: 0 };
      this.#gpu.write(readDims, dims.pack(read));
      this.#gpu.write(readTokens, token.packAll(part));
      this.#gpu.submit('read', (recorder) => {
        this.#read.encode(recorder, read);
      });
      this.#work.passed('forward', read);
    }
  }

  #sampling({ draw: { seed, stream, step, phase }, temperature, maxNewTokens, probes = [] }: GenerateOptions) {
    return sampling.pack({
      ...{ key: streamKey(seed, stream), step, phase, temperature },
      ...{ suppressed: this.#suppressed, most: maxNewTokens, probes: probes.length },
      probe: probes.map((probe) => [probe.after, probe.token, 0, 0]),
    });
  }
}

/** Tokens of a sequence from a position up to another one. */
const tokensOf = (
  ids: readonly number[],
  from: number,
  to: number,
  { base, link }: Pick<Token, 'base' | 'link'>,
): Token[] => ids.slice(from, to).map((id, i) => ({ id, position: from + i, base, link }));
