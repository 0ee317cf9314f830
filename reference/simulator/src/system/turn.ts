/** The one thing that a simulation needs of its runtime: that promises which can go on go on. */

import type { Turn } from '../time/turn.ts';

/** A turn of the event loop of Node, Bun, a page or a worker. No time passes in it that the simulation could see. */
export const turn: Turn = typeof setImmediate === 'function' ? nodeTurn : channelTurn();

function nodeTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** `setTimeout` would wait for some milliseconds in a page. */
function channelTurn(): Turn {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(undefined);
    });
}
