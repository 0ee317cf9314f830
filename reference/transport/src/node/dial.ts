import type { Encoding } from '@micro-socket/protocol';
import { WebSocket } from 'ws';
import { formatAddress, parseAddress } from '../address.ts';
import type { Connection } from '../ports/connection.ts';
import { dialWebSocket, type WebSocketLike } from '../websocket/dial.ts';

/** How long a host may take to answer the upgrade. */
const HANDSHAKE_MS = 10_000;

/** Dials a gateway from Node. Rejects with `AddressError` or `DialError`. */
export async function dial(address: string, encoding: Encoding): Promise<Connection> {
  const url = formatAddress(parseAddress(address));
  const open = (to: string, subprotocols: string[]) =>
    new WebSocket(to, subprotocols, {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS,
    }) as unknown as WebSocketLike;
  return dialWebSocket(open, url, encoding);
}
