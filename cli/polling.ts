/**
 * While anything is awaited, Dawn asks the driver for news on every turn of the event loop: with `setImmediate`, which it
 * looks up each time. That keeps a core busy, and a software driver needs the core for the work itself. From here on this
 * process asks once a millisecond, which is little beside such a driver's shortest wait.
 */
export function pollSeldom(): void {
  const seldom = <Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args) =>
    setTimeout(callback, 1, ...args);
  globalThis.setImmediate = Object.assign(seldom, globalThis.setImmediate);
}
