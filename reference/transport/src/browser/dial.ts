import type { Encoding } from '@micro-socket/protocol';
import { formatAddress, parseAddress } from '../address.ts';
import { AddressError } from '../errors.ts';
import type { Connection } from '../ports/connection.ts';
import { dialWebSocket, type WebSocketLike } from '../websocket/dial.ts';
import { systemClock } from './system-ports.ts';

export interface DialOptions {
  /** How long the gateway may take to accept, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** Dials a gateway from a page or a worker. Rejects with `AddressError` or `DialError`. */
export async function dial(address: string, encoding: Encoding, options: DialOptions = {}): Promise<Connection> {
  const { timeoutMs = TIMEOUT_MS } = options;
  const to = parseAddress(address);
  if (to.scheme !== 'ws' && to.scheme !== 'wss') {
    throw new AddressError(address, `a page can dial ws:// and wss:// only, not ${to.scheme}`);
  }
  const open = (url: string, subprotocols: string[]) => new WebSocket(url, subprotocols) as unknown as WebSocketLike;
  return dialWebSocket(open, formatAddress(to), encoding, { clock: systemClock, timeoutMs });
}
