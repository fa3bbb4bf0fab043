import type { Agent, Completion, GenerateOptions, TokenDecoder } from '../../src/model/agent';
import { WorkerCalls, type WorkerPort } from '../protocol/calls';
import type { Calls, OnnxModel, Running } from '../protocol/onnx';

function startWorker(): WorkerPort {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'onnx' });
}

/**
 * A decoder in ONNX Runtime, in a worker of its own that is started here, from a page or from another worker. Questions are
 * answered in their order. Every error is a `WorkerError` under the name of its class there.
 */
export class OnnxClient implements TokenDecoder, Pick<Agent, 'generate'> {
  readonly running: Running;
  readonly #calls: WorkerCalls<Calls>;

  private constructor(calls: WorkerCalls<Calls>, running: Running) {
    this.#calls = calls;
    this.running = running;
  }

  /** Loads ONNX Runtime and opens a model's file, which is copied. Nothing of it is left where that fails. */
  static async open(file: Uint8Array, model: OnnxModel, port: WorkerPort = startWorker()): Promise<OnnxClient> {
    const calls = new WorkerCalls<Calls>(port, 'The worker of ONNX Runtime');
    try {
      return new OnnxClient(calls, await calls.ask('open', { ...model, file }));
    } catch (error) {
      calls.close();
      throw error;
    }
  }

  next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#calls.ask('next', { ids });
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    return this.#calls.ask('generate', { prompts, options });
  }

  /** Ends the worker and frees all that it holds; what is still asked for is rejected. */
  close(): void {
    this.#calls.close();
  }
}
