import type { InferenceSession } from 'onnxruntime-web';
import type { Runtime } from '../onnx/decoder';

/** A runtime that awaits `rest` before every run of a session, whoever asks for it. */
export function resting(runtime: Runtime, rest: () => Promise<void>): Runtime {
  const create: Runtime['InferenceSession']['create'] = async (model, options) => {
    const session = await runtime.InferenceSession.create(model, options);
    const run = session.run.bind(session) as (...of: unknown[]) => Promise<InferenceSession.ReturnType>;
    session.run = async (...of: unknown[]) => {
      await rest();
      return await run(...of);
    };
    return session;
  };
  return { Tensor: runtime.Tensor, InferenceSession: { create } };
}
