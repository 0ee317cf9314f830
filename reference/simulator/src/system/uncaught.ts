/** Promises that were rejected and that nobody listens to, in Node, Bun, a page or a worker. */

import type { WatchUncaught } from '../run-world.ts';

export const uncaught: WatchUncaught = (tell) => (typeof process === 'undefined' ? inPage(tell) : inNode(tell));

function inNode(tell: (error: unknown) => void): () => void {
  const listener = (error: unknown) => tell(error);
  process.on('unhandledRejection', listener);
  return () => process.off('unhandledRejection', listener);
}

function inPage(tell: (error: unknown) => void): () => void {
  const listener = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    tell(event.reason);
  };
  globalThis.addEventListener('unhandledrejection', listener);
  return () => globalThis.removeEventListener('unhandledrejection', listener);
}
