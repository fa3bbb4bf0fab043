import type { Agent, Completion, GenerateOptions, UpdateReport } from '../model/agent';

/** An agent that cannot learn was asked to. */
export class FrozenAgentError extends Error {
  override name = 'FrozenAgentError';

  constructor() {
    super('An agent that ONNX Runtime runs cannot learn. Freeze it, or begin a run with it in this engine.');
  }
}

/** A model that plays as an agent does and never learns. */
export class FrozenAgent implements Agent {
  readonly #model: Pick<Agent, 'generate'>;

  constructor(model: Pick<Agent, 'generate'>) {
    this.#model = model;
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    return this.#model.generate(prompts, options);
  }

  update(): Promise<UpdateReport> {
    return Promise.reject(new FrozenAgentError());
  }

  anchor(): void {
    throw new FrozenAgentError();
  }
}
