/** Real byte-stream listeners on this machine, and raw sockets that say to them whatever a test wants. */

import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import {
  type AcceptedConnection,
  formatAddress,
  type IpcAddress,
  type Listener,
  parseAddress,
  prefaceOf,
  type TcpAddress,
} from '../../src/index.ts';
import { listenStream, type StreamListenerOptions } from '../../src/node/index.ts';
import { identity, trust } from './identity.ts';
import { Inbox } from './inbox.ts';

export const STREAM_SCHEMES = ['tcp', 'tls', 'ipc'] as const;

export type StreamScheme = (typeof STREAM_SCHEMES)[number];

export interface StreamListening {
  readonly listener: Listener;
  readonly address: string;
  readonly accepted: Inbox<AcceptedConnection>;
  /** Resolves with the next accepted connection. */
  next(): Promise<AcceptedConnection>;
  /** A socket that has said nothing yet. */
  raw(allowHalfOpen?: boolean): Socket;
  /** A socket that has said which encoding it speaks. */
  spoken(encoding?: 'json' | 'msgpack', allowHalfOpen?: boolean): Socket;
  /** Cuts what is open and resolves when nothing is left. */
  close(): Promise<void>;
}

export async function streamListening(
  scheme: StreamScheme,
  options: Partial<StreamListenerOptions> = {},
): Promise<StreamListening> {
  const folder = socketFolder();
  const address = scheme === 'ipc' ? `ipc://${join(folder, 's')}` : `${scheme}://127.0.0.1:0`;
  const accepted = new Inbox<AcceptedConnection>();
  const listener = await listenStream({
    address: parseAddress(address) as TcpAddress | IpcAddress,
    ...(scheme === 'tls' ? { tls: identity } : {}),
    frameBytesReadMax: 1_048_576,
    onConnection: accepted.put,
    ...options,
  });
  const raw = (allowHalfOpen = false) => rawSocket(listener.address as TcpAddress | IpcAddress, allowHalfOpen);
  return {
    listener,
    address: formatAddress(listener.address),
    accepted,
    next: accepted.next,
    raw,
    spoken(encoding = 'json', allowHalfOpen = false) {
      const socket = raw(allowHalfOpen);
      socket.write(prefaceOf(encoding));
      return socket;
    },
    async close() {
      const closed = listener.close();
      listener.cutAll();
      await closed;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Resolves when the socket is closed, by an error or without one. */
export function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

/** A new folder whose path leaves room for the name of a socket file. */
export function socketFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ms-'));
}

function rawSocket(address: TcpAddress | IpcAddress, allowHalfOpen: boolean): Socket {
  const { scheme } = address;
  if (scheme === 'ipc') return quiet(connect({ path: address.path, allowHalfOpen }));
  const options = { host: address.host, port: address.port, allowHalfOpen };
  return quiet(scheme === 'tcp' ? connect(options) : connectTls({ ...options, ...trust }));
}

/** A cut that a test brings about is no failure of the test. */
function quiet(socket: Socket): Socket {
  return socket.on('error', () => {});
}
