const often = globalThis.setImmediate;

/**
 * While anything is awaited, Dawn asks the driver for news on every turn of the event loop: with `setImmediate`, which it
 * looks up each time. That keeps a core busy, and a software driver needs the core for the work itself. From here on it
 * asks once a millisecond, which is little beside such a driver's shortest wait. Nobody else is kept waiting: ONNX Runtime
 * begins each run by `setImmediate`.
 */
export function pollSeldom(): void {
  const seldom = <Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args) =>
    isNative(callback) ? setTimeout(callback, 1, ...args) : often(() => callback(...args));
  globalThis.setImmediate = Object.assign(seldom, often);
}

/** Whether a function was made outside of JavaScript, as Dawn's are. */
const isNative = (callback: unknown): boolean =>
  Function.prototype.toString.call(callback).endsWith('{ [native code] }');
