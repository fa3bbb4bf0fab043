import type { Tensor } from 'onnxruntime-web';
import type { Completion, GenerateOptions } from '../model/agent';
import type { LlamaConfig } from '../model/config';
import { BatchError, checkGeneration } from '../model/requests';
import type { TokenRules } from '../model/token-rules';
import type { WorkCounter } from '../model/work-counter';
import { streamKey, uniformAt } from '../random/philox';
import type { Runtime } from '../onnx/decoder';
import { Feeder, type Feeds } from './feeds';

type Values = Float32Array<ArrayBuffer>;

export interface GeneratorOptions {
  runtime: Runtime;
  /** Runs the graph of a generation with these inputs of `prompts`, and those that are the model's own. */
  run: (feeds: Feeds, prompts: number) => Promise<Record<string, Tensor>>;
  config: LlamaConfig;
  rules: TokenRules;
  /** Sequences side by side; more go through in turns. */
  slots: number;
  work: WorkCounter;
}

/** How a model continues sequences, some of them side by side. */
export class Generator {
  readonly #run: GeneratorOptions['run'];
  readonly #feeder: Feeder;
  readonly #config: LlamaConfig;
  readonly #ends: ReadonlySet<number>;
  readonly #slots: number;
  readonly #work: WorkCounter;

  constructor({ runtime, run, config, rules, slots, work }: GeneratorOptions) {
    this.#run = run;
    this.#feeder = new Feeder(runtime);
    this.#config = config;
    this.#ends = new Set(rules.endTokens);
    this.#slots = slots;
    this.#work = work;
  }

  async generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    checkGeneration(prompts, options, this.#config);
    const longest = prompts.reduce((most, { length }) => Math.max(most, length), 0);
    const { max_position_embeddings: most } = this.#config;
    if (longest + options.maxNewTokens > most) {
      throw new BatchError(
        `A prompt of ${longest} tokens and ${options.maxNewTokens} new ones are more than the ${most} that the model reads. Shorten them.`,
      );
    }
    const completions: Completion[] = [];
    for (let from = 0; from < prompts.length; from += this.#slots) {
      completions.push(...(await this.#turn(prompts.slice(from, from + this.#slots), from, options)));
    }
    return completions;
  }

  /** Continues prompts side by side, the first of which is number `from` of its call. */
  async #turn(prompts: readonly (readonly number[])[], from: number, options: GenerateOptions): Promise<Completion[]> {
    const { maxNewTokens, temperature, draw, probes = [] } = options;
    const count = prompts.length;
    const key = streamKey(draw.seed, draw.stream);
    const draws = new Float32Array(maxNewTokens * count);
    for (let n = 0; n < maxNewTokens; n++) {
      for (let s = 0; s < count; s++) {
        draws[n * count + s] = uniformAt(key, [draw.step, draw.rollouts[from + s], draw.phase, n]);
      }
    }
    const feeds = this.#feeder.generation(prompts, { draws, temperature, probes });
    const results = await this.#run(feeds, count);
    const tokens = results.tokens.data as Int32Array;
    const logprobs = results.logprobs.data as Values;
    const probed = results.probes.data as Values;
    const written = results.tokens.dims[0];
    const read = prompts.reduce((sum, { length }) => sum + length, 0) + (written - 1) * count;
    this.#work.passed('forward', { tokens: read, rows: written * count });
    return prompts.map((prompt, s) => {
      const column = Array.from({ length: written }, (_, n) => n * count + s);
      const ending = column.findIndex((at) => this.#ends.has(tokens[at]));
      const own = ending < 0 ? column : column.slice(0, ending + 1);
      return {
        ids: [...prompt, ...own.map((at) => tokens[at])],
        logprobs: own.map((at) => logprobs[at]),
        probes: probes.map((_, p) => probed[s * probes.length + p]),
      };
    });
  }
}
