export { dial } from './dial.ts';
export { systemClock, systemRandom } from './system-ports.ts';
export { listenWebSocket, type WsListenerOptions } from './ws-listener.ts';
