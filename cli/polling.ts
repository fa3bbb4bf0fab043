const often = globalThis.setImmediate;
let wishes = 0;

const seldom = Object.assign(
  <Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args) => setTimeout(callback, 1, ...args),
  often,
);

/**
 * While anything is awaited, Dawn asks the driver for news on every turn of the event loop: with `setImmediate`, which it
 * looks up each time. That keeps a core busy, and a software driver needs the core for the work itself. From here on this
 * process asks once a millisecond, which is little beside such a driver's shortest wait.
 *
 * @returns ends it, once everyone who wished it has: ONNX Runtime begins each run by `setImmediate`, and waits for nothing.
 */
export function pollSeldom(): () => void {
  wishes += 1;
  globalThis.setImmediate = seldom as typeof setImmediate;
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    wishes -= 1;
    if (wishes === 0) globalThis.setImmediate = often;
  };
}
