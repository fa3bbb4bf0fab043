import { Random } from '../../src/random/philox';
import type { Tokenizer } from '../../src/tokenizer/tokenizer';
import type {
  Agent,
  Completion,
  GenerateOptions,
  PolicySample,
  UpdateOptions,
  UpdateReport,
} from '../../src/model/agent';
import { tokenAdvantages } from '../oracle/losses';

/** What a script may go by. `updates` stands for the weights: it moves when the agent learns. */
export interface Turn {
  random: Random;
  updates: number;
  phase: number;
  temperature: number;
}

export type Script = (context: string, turn: Turn) => string;

/** The probability that a context goes on with a token: what probes are told. */
export type Odds = (context: string, token: string) => number;

/**
 * An agent that says what its script says. It draws from the very place that the engine would draw from, and its
 * update is the reference one on a policy that puts all weight on what it said.
 */
export class ScriptedAgent implements Agent {
  readonly generated: { contexts: string[]; options: GenerateOptions }[] = [];
  readonly updated: { samples: PolicySample[]; options: UpdateOptions }[] = [];
  updates = 0;
  /** Updates behind it whenever it became its own reference. */
  readonly anchored: number[] = [];
  /** Weights as a number: any difference between two training runs shows in it. */
  weight = 0;
  readonly #tokenizer: Tokenizer;
  readonly #script: Script;
  readonly #odds: Odds;

  constructor(tokenizer: Tokenizer, script: Script, odds: Odds = () => NaN) {
    this.#tokenizer = tokenizer;
    this.#script = script;
    this.#odds = odds;
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    if (!prompts.length) throw new Error('an empty batch was sent to the agent');
    const { draw, maxNewTokens, temperature, probes = [] } = options;
    if (draw.rollouts.length !== prompts.length) throw new Error('one rollout number per prompt');
    const contexts = prompts.map((prompt) => this.#tokenizer.decode(prompt));
    this.generated.push({ contexts, options });
    const completions = contexts.map((context, i) => {
      const random = new Random(draw.seed, draw.stream, [draw.step, draw.rollouts[i], draw.phase]);
      const text = this.#script(context, { random, updates: this.updates, phase: draw.phase, temperature });
      const fresh = [...this.#tokenizer.encode(text), this.#tokenizer.id('<end>')].slice(0, maxNewTokens);
      return {
        ids: [...prompts[i], ...fresh],
        logprobs: fresh.map(() => 0),
        probes: probes.map(({ token }) => this.#odds(context, this.#tokenizer.decode([token]))),
      };
    });
    return Promise.resolve(completions);
  }

  anchor(): void {
    this.anchored.push(this.updates);
  }

  update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport> {
    this.updated.push({ samples: [...samples], options });
    this.updates += options.updatesPerBatch;
    const lengths = samples.map(({ ids, learnableFrom }) => ids.length - learnableFrom);
    const zeros = samples.map(({ ids }) => ids.map(() => 0));
    const advantages = tokenAdvantages(samples, zeros, zeros, options).map(
      (row) => row.reduce((a, b) => a + b, 0) / row.length,
    );
    for (const [i, { ids }] of samples.entries()) {
      for (const id of ids) this.weight = (this.weight * 31 + id * advantages[i] * options.learningRate) % 1000;
    }
    const tokens = lengths.reduce((a, b) => a + b, 0);
    return Promise.resolve({ loss: 0, kl: 0, entropy: 0, grad_norm: 0, clip_ratio: 0, tokens, advantages });
  }
}

/** A script that looks its context up by the words that it contains: the first match speaks. */
export function table(...rows: [contains: string, answer: string][]): Script {
  return (context) => {
    const row = rows.find(([contains]) => context.includes(contains));
    if (!row) throw new Error(`the script has no answer to: ${context}`);
    return row[1];
  };
}
