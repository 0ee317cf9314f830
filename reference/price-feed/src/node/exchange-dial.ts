/** A WebSocket to an exchange that only speaks: text comes in, nothing goes out but the answers to its pings. */

import { type RawData, WebSocket } from 'ws';

export interface ExchangeHandler {
  onMessage(text: string): void;
  /** The connection has ended or never began, for this reason; called once, and nothing follows. */
  onClose(why: string): void;
}

export interface ExchangeConnection {
  /** Ends it without a goodbye; `onClose` follows. */
  cut(): void;
}

export type DialExchange = (url: string, handler: ExchangeHandler) => ExchangeConnection;

/** What a connection takes in one message before it is cut, in bytes. */
const FRAME_BYTES_MAX = 1_048_576;

/** `ws` answers pings by itself. */
export const dialExchange: DialExchange = (url, handler) => {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX });
  let problem: string | undefined;
  socket.on('error', (error: NodeJS.ErrnoException) => {
    problem = error.message.trim() || error.code || 'the connection failed';
  });
  socket.on('message', (data) => handler.onMessage(textOf(data)));
  socket.on('close', (code, reason) => {
    const words = reason.length === 0 ? '' : `, ${reason.toString().slice(0, 120)}`;
    handler.onClose(problem ?? `the connection was closed (code ${code}${words})`);
  });
  return { cut: () => socket.terminate() };
};

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(data as ArrayBuffer).toString('utf8');
}
