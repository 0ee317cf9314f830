/** The connection of this page. Outlives the component, so that editing the page does not cut it. */

import { createConnection } from './connection.ts';

export const playground = createConnection({
  // Only readers who connect pay for the codecs.
  loadProtocol: () => import('@micro-socket/protocol'),
  open: (address, subprotocol) => new WebSocket(address, subprotocol),
  now: () => Date.now(),
});

/** Unique enough for a message; `crypto.randomUUID` does not exist on pages without HTTPS. */
export function newMessageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return `demo-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
