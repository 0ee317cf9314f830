import type { Encoding } from '@micro-socket/protocol';
import { WebSocket } from 'ws';
import { formatAddress, parseAddress, type WebSocketAddress } from '../address.ts';
import type { Connection } from '../ports/connection.ts';
import { dialWebSocket, type WebSocketFailure, type WebSocketLike } from '../websocket/dial.ts';
import { DEFAULT_DIAL_LIMITS, type DialLimits, type DialOptions, type DialTlsOptions } from './dial-options.ts';
import { dialProblem } from './dial-problem.ts';
import { inprocNetwork } from './inproc-network.ts';
import { dialStream } from './stream-dial.ts';
import { systemClock } from './system-ports.ts';

/**
 * Dials a gateway from Node, over the transport that the address names. Rejects with `AddressError` or `DialError`.
 */
export async function dial(address: string, encoding: Encoding, options: DialOptions = {}): Promise<Connection> {
  const { tls = {}, ...given } = options;
  const limits = { ...DEFAULT_DIAL_LIMITS, ...given };
  const to = parseAddress(address);
  switch (to.scheme) {
    case 'ws':
    case 'wss':
      return dialWs(to, encoding, limits, tls);
    case 'tcp':
    case 'tls':
    case 'ipc':
      return dialStream(to, encoding, limits, tls);
    case 'inproc':
      return inprocNetwork.dial(to.name, encoding);
  }
}

function dialWs(
  address: WebSocketAddress,
  encoding: Encoding,
  { timeoutMs, frameBytesReadMax }: DialLimits,
  tls: DialTlsOptions,
): Promise<Connection> {
  const open = (to: string, subprotocols: string[]) =>
    new WebSocket(to, subprotocols, {
      perMessageDeflate: false,
      maxPayload: frameBytesReadMax,
      ...tls,
    }) as unknown as WebSocketLike;
  const wordsFor = ({ error }: WebSocketFailure) => error && dialProblem(error);
  return dialWebSocket(open, formatAddress(address), encoding, { clock: systemClock, timeoutMs, wordsFor });
}
