/** One WebSocket of the load generator, set up. */

import { connect, type createConnection, type Socket, type TcpNetConnectOpts } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import type { Dialect, Inbox, Session } from '../dialects/dialect.ts';
import { FRAMES } from '../dialects/frames.ts';
import { BenchError } from '../errors.ts';

export interface PeerOptions {
  readonly address: string;
  /** Who it is, for errors: `subscriber 3`. */
  readonly name: string;
  /** The topic to subscribe to; a publisher has none. */
  readonly topic?: string;
  /** What the server speaks. Default: the frames of the protocol. */
  readonly dialect?: Dialect;
  readonly openMsMax: number;
}

export interface Peer {
  readonly name: string;
  readonly webSocket: WebSocket;
  /** The socket below, through which several frames can be written in one go. */
  readonly socket: Socket;
  readonly session: Session;
  /** The seqNo at which the subscription starts; 0 for a publisher, and where there are none. */
  readonly seqNo: number;
}

/** Connects, and says and hears what the dialect needs for it. */
export function openPeer({ address, name, topic, dialect = FRAMES, openMsMax }: PeerOptions): Promise<Peer> {
  let socket: Socket | undefined;
  const options: ClientOptions = {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    handshakeTimeout: openMsMax,
    createConnection: ((to: TcpNetConnectOpts) => {
      socket = connect({ host: to.host ?? '127.0.0.1', port: to.port });
      return socket;
    }) as typeof createConnection,
  };
  const { subprotocol } = dialect;
  const url = dialect.urlOf?.(address, { topic }) ?? address;
  const webSocket = new WebSocket(url, subprotocol === undefined ? [] : [subprotocol], options);
  const session = dialect.session({ topic });
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new BenchError('CONNECTION_LOST', `${name} could not connect: ${why}`));
    const deadline = setTimeout(() => fail(`it was not set up within ${openMsMax} ms`), openMsMax);
    const inbox: Inbox = {
      ready(seqNo) {
        clearTimeout(deadline);
        webSocket.removeAllListeners();
        webSocket.on('error', () => {});
        resolve({ name, webSocket, socket: socket as Socket, session, seqNo });
      },
      delivery: (bytes) => fail(`got ${bytes}`),
      acknowledged: () => fail('got an ack'),
      say: (message) => webSocket.send(message),
    };
    webSocket.on('error', (error) => fail(error.message));
    webSocket.on('close', (code) => fail(`closed with ${code}`));
    webSocket.on('open', () => session.begin(inbox));
    webSocket.on('message', (data) => {
      try {
        session.read(data as Buffer, inbox);
      } catch (error) {
        fail((error as Error).message);
      }
    });
  });
}

/** How many connections are being opened at a time; a listening socket has room for a few hundred. */
const OPENED_AT_ONCE = 64;

export interface SubscribersOptions extends Omit<PeerOptions, 'name' | 'address'> {
  /** At least one. The subscribers take them in turn. */
  readonly addresses: readonly string[];
  /** Hears of each as soon as it is open; `place` counts from 0. Others may take long, and a server may ask meanwhile. */
  readonly onOpen?: (peer: Peer, place: number) => void;
}

/** Opens `count` subscribers. */
export async function openSubscribers(count: number, options: SubscribersOptions): Promise<Peer[]> {
  const { addresses, onOpen, ...rest } = options;
  const peers: Peer[] = [];
  const open = async (place: number): Promise<Peer> => {
    const address = addresses[place % addresses.length] as string;
    const peer = await openPeer({ ...rest, address, name: `subscriber ${place + 1}` });
    onOpen?.(peer, place);
    return peer;
  };
  while (peers.length < count) {
    const first = peers.length;
    const batch = Array.from({ length: Math.min(OPENED_AT_ONCE, count - first) }, (_, place) => open(first + place));
    peers.push(...(await Promise.all(batch)));
  }
  return peers;
}

export function answerPing(webSocket: WebSocket, frame: Buffer): void {
  const { time } = JSON.parse(frame.toString('utf8')) as { time: number };
  webSocket.send(JSON.stringify({ type: 'pong', time }));
}
