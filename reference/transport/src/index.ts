export {
  type Address,
  DEFAULT_PATH,
  formatAddress,
  type InprocAddress,
  IPC_PATH_BYTES_MAX,
  type IpcAddress,
  parseAddress,
  type TcpAddress,
  type WebSocketAddress,
} from './address.ts';
export { AddressError, DialError, ListenError } from './errors.ts';
export { type InprocListenOptions, InprocNetwork } from './inproc/network.ts';
export { InprocEnd, type InprocOptions, inprocPair } from './inproc/pair.ts';
export type { Clock, Timer } from './ports/clock.ts';
export type { AcceptedConnection, Connection, ConnectionHandler } from './ports/connection.ts';
export type { Listener } from './ports/listener.ts';
export { type Random, randomId } from './ports/random.ts';
export { joinFrames, type Wire } from './ports/wire.ts';
export { closeRecord } from './stream/close-record.ts';
export { prefaceOf } from './stream/preface.ts';
export { StreamReader, type StreamSink } from './stream/reader.ts';
export { bodiesIn, streamWire } from './stream/wire.ts';
export {
  type DialWebSocketOptions,
  dialWebSocket,
  type OpenWebSocket,
  type WebSocketFailure,
  type WebSocketLike,
} from './websocket/dial.ts';
export { webSocketWire } from './websocket/wire.ts';
