import type { Agent, Completion, GenerateOptions, TokenDecoder } from '../../src/model/agent';
import { WorkerCalls, type TimeLimit, type WorkerPort } from '../protocol/calls';
import type { Calls, OnnxModel, Running } from '../protocol/onnx';
import { timeLimitFault } from '../time-limit';

function startWorker(): WorkerPort {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'onnx' });
}

/** Milliseconds for anything; for each byte of a file that is opened; for each operation of a float, half a billion a second. */
const PATIENCE = 30_000;
const PER_BYTE = 1000 / 5e6;
const PER_OPERATION = 1000 / 5e8;

/** A file of anyone's may compute forever: so long may it take where it is what it says. */
function limitOf({ byteLength }: Uint8Array): TimeLimit<Calls> {
  // Two operations a weight of four bytes.
  const perToken = (byteLength / 2) * PER_OPERATION;
  return {
    of: (question) => {
      if (question.kind === 'open') return PATIENCE + byteLength * PER_BYTE;
      if (question.kind === 'next') return PATIENCE + question.ids.length * perToken;
      const { prompts, options } = question;
      const tokens = prompts.reduce((sum, { length }) => sum + length + options.maxNewTokens, 0);
      return PATIENCE + tokens * perToken;
    },
    fault: (milliseconds) => timeLimitFault('The ONNX model', milliseconds),
  };
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
    const calls = new WorkerCalls<Calls>(port, 'The worker of ONNX Runtime', { limit: limitOf(file) });
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
