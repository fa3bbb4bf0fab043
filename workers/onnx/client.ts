import type { Agent, Completion, Decoder, GenerateOptions } from '../../src/waltz/agent';
import { WorkerError, type WireError } from '../protocol';
import type { Answer, Calls, OnnxModel, Running } from './protocol';

/** The part of `Worker` that the client uses. */
export type OnnxPort = Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

function startWorker(): OnnxPort {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'onnx' });
}

interface Waiting {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/**
 * A decoder in ONNX Runtime, in a worker of its own that is started here, from a page or from another worker. Questions are
 * answered in their order. Every error is a `WorkerError` under the name of its class there.
 */
export class OnnxClient implements Decoder, Pick<Agent, 'generate'> {
  readonly running: Running;
  readonly #calls: WorkerCalls;

  private constructor(calls: WorkerCalls, running: Running) {
    this.#calls = calls;
    this.running = running;
  }

  /** Loads ONNX Runtime and opens a model's file, which is copied. Nothing of it is left where that fails. */
  static async open(file: Uint8Array, model: OnnxModel, port: OnnxPort = startWorker()): Promise<OnnxClient> {
    const calls = new WorkerCalls(port);
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

/** Asks the worker and hears its answers. */
class WorkerCalls {
  readonly #port: OnnxPort;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #fault: WireError | null = null;

  constructor(port: OnnxPort) {
    this.#port = port;
    port.addEventListener('message', ({ data }) => this.#receive(data as Answer));
    port.addEventListener('error', (event) => this.#stop(event.message));
    port.addEventListener('messageerror', () => this.#stop('a message could not be read'));
  }

  ask<Kind extends keyof Calls>(kind: Kind, asked: Calls[Kind]['asked']): Promise<Calls[Kind]['answer']> {
    if (this.#fault) return Promise.reject(new WorkerError(this.#fault));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ ...asked, kind, id });
    });
  }

  close(): void {
    this.#break({ name: 'ModelClosedError', message: 'This model was closed. Open it again.' });
  }

  #receive(answer: Answer): void {
    if (answer.kind === 'stopped') {
      this.#stop(answer.error.message);
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === 'answer') waiting?.resolve(answer.value as never);
    else waiting?.reject(new WorkerError(answer.error));
  }

  /** The worker did not load, or threw outside of any question. */
  #stop(why: string): void {
    const message = `The worker of ONNX Runtime stopped${why ? ` (${why})` : ''}. Open the model again.`;
    this.#break({ name: 'WorkerStoppedError', message });
  }

  /** Nothing will answer any more. */
  #break(fault: WireError): void {
    this.#fault ??= fault;
    this.#port.terminate();
    for (const { reject } of this.#waiting.values()) reject(new WorkerError(fault));
    this.#waiting.clear();
  }
}
