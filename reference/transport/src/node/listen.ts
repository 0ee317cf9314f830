/**
 * Accepts byte streams: TCP, TLS and Unix sockets (§3.4).
 *
 * A connection that comes in is nobody's until its preface is right. Until then it holds a deadline and at most
 * `PREFACE_BYTES_MAX` bytes; whatever it does, refusing it touches no other one.
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { encodingOf } from '@micro-socket/protocol';
import { formatAddress, type IpcAddress, type TcpAddress } from '../address.ts';
import { ListenError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { AcceptedConnection } from '../ports/connection.ts';
import type { Listener } from '../ports/listener.ts';
import { PREFACE_BYTES_MAX, prefaceOf, REFUSAL } from '../stream/preface.ts';
import { cutAfterGrace } from './close-grace.ts';
import { readFirstLine } from './first-line.ts';
import { removeIfStale, restrict } from './ipc-file.ts';
import { KEEP_ALIVE_MS } from './keep-alive.ts';
import { listenErrorOf } from './listen-error.ts';
import { StreamConnection } from './stream-connection.ts';
import { systemClock } from './system-ports.ts';

/** Who a `tls` or `wss` listener is, in PEM. */
export interface TlsIdentity {
  /** The certificate, followed by those between it and its root. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Certificates that complete the chain where `cert` holds the first one only. */
  readonly ca?: string | Buffer;
}

export interface StreamListenerOptions {
  readonly address: TcpAddress | IpcAddress;
  /** Needed for a `tls` address, and only there. */
  readonly tls?: TlsIdentity;
  /** Largest frame that is read at all; beyond it the connection ends with 1009. */
  readonly frameBytesReadMax: number;
  /**
   * How long a client may take to complete its preface, in milliseconds, before it is cut. TLS may take as long again
   * to be agreed on before that. Default 10 000.
   */
  readonly prefaceDeadlineMs?: number;
  /** How many clients may be open without a right preface at a time; the next one is cut. Default 10 000. */
  readonly strangersMax?: number;
  readonly onConnection: (connection: AcceptedConnection) => void;
  /** Hears of failures to accept, such as too many open files. Those of one connection end that connection only. */
  readonly onError?: (error: Error) => void;
  /** Default: the system's. */
  readonly clock?: Clock;
}

const PREFACE_DEADLINE_MS = 10_000;
const STRANGERS_MAX = 10_000;

/** Starts to accept. Rejects with `ListenError`. */
export async function listenStream(options: StreamListenerOptions): Promise<Listener> {
  const listener = new StreamListener(serverFor(options), options);
  await listener.bind();
  return listener;
}

class StreamListener implements Listener {
  readonly #server: Server;
  readonly #options: StreamListenerOptions;
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  /** The sockets below those that speak TLS, and below those that do not yet. */
  readonly #below = new Set<Socket>();
  /** Those without a right preface, refused ones included: nothing is lost with them. */
  readonly #strangers = new Set<Socket>();
  #address: TcpAddress | IpcAddress;
  #closing: Promise<void> | undefined;
  #onEmpty: () => void = () => {};

  constructor(server: Server, options: StreamListenerOptions) {
    this.#server = server;
    this.#options = options;
    this.#address = options.address;
    this.#clock = options.clock ?? systemClock;
    const isTls = options.address.scheme === 'tls';
    // For TLS this is the socket below, which is there before TLS is agreed on.
    server.on('connection', (socket: Socket) => {
      if (this.#isFull) socket.destroy();
      else if (isTls) this.#track(this.#below, socket);
      else this.#meet(socket);
    });
    server.on('secureConnection', (socket: Socket) => this.#meet(socket));
    // A handshake that takes too long leaves its socket to whoever listens here.
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
  }

  get address(): TcpAddress | IpcAddress {
    return this.#address;
  }

  async bind(): Promise<void> {
    const { onError } = this.#options;
    await bind(this.#server, this.#address);
    // With nobody to hear it, an error would end the process.
    this.#server.on('error', (error) => onError?.(error));
    const bound = this.#server.address();
    if (this.#address.scheme !== 'ipc') this.#address = { ...this.#address, port: (bound as AddressInfo).port };
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      // The server tells of its end before its last sockets tell of theirs, so those are waited for too.
      this.#server.close(() => {
        this.#onEmpty = resolve;
        this.#tellIfEmpty();
      });
      for (const socket of this.#strangers) socket.destroy();
    });
    return this.#closing;
  }

  cutAll(): void {
    for (const socket of [...this.#sockets, ...this.#below]) socket.destroy();
  }

  get #isFull(): boolean {
    const { address, strangersMax = STRANGERS_MAX } = this.#options;
    const agreeingOnTls = address.scheme === 'tls' ? this.#below.size - this.#sockets.size : 0;
    return agreeingOnTls + this.#strangers.size >= strangersMax;
  }

  #tellIfEmpty(): void {
    if (this.#sockets.size + this.#below.size === 0) this.#onEmpty();
  }

  #track(sockets: Set<Socket>, socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      this.#strangers.delete(socket);
      this.#tellIfEmpty();
    });
  }

  #meet(socket: Socket): void {
    this.#track(this.#sockets, socket);
    if (this.#closing !== undefined) {
      socket.destroy();
      return;
    }
    this.#strangers.add(socket);
    const deadline = this.#clock.after(this.#options.prefaceDeadlineMs ?? PREFACE_DEADLINE_MS, () => socket.destroy());
    socket.once('close', () => deadline.cancel());
    readFirstLine(socket, PREFACE_BYTES_MAX, (line) => {
      deadline.cancel();
      this.#answer(socket, line);
    });
  }

  #answer(socket: Socket, line: string | undefined): void {
    const encoding = line === undefined ? undefined : encodingOf(line);
    if (encoding === undefined) {
      socket.end(REFUSAL);
      // What the peer still sends is read and dropped: unread, it would reset the connection under the refusal.
      socket.resume();
      cutAfterGrace(socket, this.#clock);
      return;
    }
    this.#strangers.delete(socket);
    socket.write(prefaceOf(encoding));
    const { frameBytesReadMax, onConnection } = this.#options;
    const clock = this.#clock;
    const remoteAddress = this.#address.scheme === 'ipc' ? 'ipc' : `${socket.remoteAddress}:${socket.remotePort}`;
    onConnection(new StreamConnection({ socket, encoding, remoteAddress, frameBytesReadMax, clock }));
  }
}

function serverFor({ address, tls, prefaceDeadlineMs = PREFACE_DEADLINE_MS }: StreamListenerOptions): Server {
  const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  if (address.scheme !== 'tls') {
    if (tls === undefined) return createServer(socketOptions);
    throw new ListenError(formatAddress(address), `${address.scheme} has no use for a certificate; listen on tls://`);
  }
  if (tls === undefined) throw new ListenError(formatAddress(address), 'tls needs a certificate and its key');
  try {
    return createTlsServer({ ...socketOptions, ...tls, handshakeTimeout: prefaceDeadlineMs });
  } catch (cause) {
    const problem = `the certificate or its key cannot be used: ${(cause as Error).message}`;
    throw new ListenError(formatAddress(address), problem, { cause });
  }
}

async function bind(server: Server, address: TcpAddress | IpcAddress): Promise<void> {
  try {
    await tryToBind(server, address);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const mayBeStale = address.scheme === 'ipc' && cause.code === 'EADDRINUSE';
    if (!mayBeStale || !(await removeIfStale(address.path))) throw listenErrorOf(address, cause);
    await tryToBind(server, address).catch((again) => {
      throw listenErrorOf(address, again);
    });
  }
}

function tryToBind(server: Server, address: TcpAddress | IpcAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const bound = () => {
      server.off('error', reject);
      resolve();
    };
    if (address.scheme !== 'ipc') {
      server.listen(address.port, address.host, bound);
      return;
    }
    server.listen(address.path, bound);
    // A Unix socket is bound, or refused, before `listen` returns.
    if (server.listening) restrict(address.path);
  });
}
