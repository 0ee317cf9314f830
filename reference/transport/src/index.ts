export { type Address, DEFAULT_PATH, formatAddress, parseAddress } from './address.ts';
export { AddressError, DialError } from './errors.ts';
export { InprocEnd, type InprocOptions, inprocPair } from './inproc/pair.ts';
export type { Clock, Timer } from './ports/clock.ts';
export type { AcceptedConnection, Connection, ConnectionHandler } from './ports/connection.ts';
export { type Random, randomId } from './ports/random.ts';
export { joinFrames, type Wire } from './ports/wire.ts';
export { dialWebSocket, type OpenWebSocket, type WebSocketLike } from './websocket/dial.ts';
export { webSocketWire } from './websocket/wire.ts';
