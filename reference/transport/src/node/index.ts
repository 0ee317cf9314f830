export { DEFLATE_BYTES_MIN } from './deflate-wire.ts';
export { dial } from './dial.ts';
export type { DialOptions, DialTlsOptions } from './dial-options.ts';
export { inprocNetwork } from './inproc-network.ts';
export { listenStream, type StreamListenerOptions, type TlsIdentity } from './listen.ts';
export { listenErrorOf } from './listen-error.ts';
export { systemClock, systemRandom } from './system-ports.ts';
export { listenWebSocket, type WsListenerOptions } from './ws-listener.ts';
