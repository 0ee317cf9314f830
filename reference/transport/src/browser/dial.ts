import type { Encoding } from '@micro-socket/protocol';
import { formatAddress, parseAddress } from '../address.ts';
import type { Connection } from '../ports/connection.ts';
import { dialWebSocket, type WebSocketLike } from '../websocket/dial.ts';

/** Dials a gateway from a page or a worker. Rejects with `AddressError` or `DialError`. */
export async function dial(address: string, encoding: Encoding): Promise<Connection> {
  const url = formatAddress(parseAddress(address));
  const open = (to: string, subprotocols: string[]) => new WebSocket(to, subprotocols) as unknown as WebSocketLike;
  return dialWebSocket(open, url, encoding);
}
