/** One WebSocket of the load generator, set up. */

import { connect, type createConnection, type Socket, type TcpNetConnectOpts } from 'node:net';
import { PROTOCOL_VERSION, subprotocolOf } from '@micro-socket/protocol';
import { type ClientOptions, WebSocket } from 'ws';
import { BenchError } from '../errors.ts';

export interface PeerOptions {
  readonly address: string;
  /** Who it is, for errors: `subscriber 3`. */
  readonly name: string;
  /** The topic to subscribe to; a publisher has none. */
  readonly topic?: string;
  readonly openMsMax: number;
}

export interface Peer {
  readonly webSocket: WebSocket;
  /** The socket below, through which several frames can be written in one go. */
  readonly socket: Socket;
  /** The seqNo at which the subscription starts; 0 for a publisher. */
  readonly seqNo: number;
}

/** Connects, sends `setup` and waits for `ready`, and for `subscribed` when there is a topic. */
export function openPeer({ address, name, topic, openMsMax }: PeerOptions): Promise<Peer> {
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
  const webSocket = new WebSocket(address, [subprotocolOf('json')], options);
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new BenchError('CONNECTION_LOST', `${name} could not connect: ${why}`));
    const deadline = setTimeout(() => fail(`no answer to setup within ${openMsMax} ms`), openMsMax);
    webSocket.on('error', (error) => fail(error.message));
    webSocket.on('close', (code) => fail(`closed with ${code}`));
    webSocket.on('open', () => {
      const topics = topic === undefined ? {} : { topics: [topic] };
      webSocket.send(JSON.stringify({ type: 'setup', protocol: PROTOCOL_VERSION, ...topics }));
    });
    webSocket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as { type: string; seqNo?: number };
      if (frame.type !== (topic === undefined ? 'ready' : 'subscribed')) {
        if (frame.type !== 'ready') fail(`got ${data}`);
        return;
      }
      clearTimeout(deadline);
      webSocket.removeAllListeners();
      webSocket.on('error', () => {});
      resolve({ webSocket, socket: socket as Socket, seqNo: frame.seqNo ?? 0 });
    });
  });
}

/** How many connections are being opened at a time; a listening socket has room for a few hundred. */
const OPENED_AT_ONCE = 64;

export interface SubscribersOptions extends Omit<PeerOptions, 'name' | 'address'> {
  /** At least one. The subscribers take them in turn. */
  readonly addresses: readonly string[];
}

/** Opens `count` subscribers. */
export async function openSubscribers(count: number, options: SubscribersOptions): Promise<Peer[]> {
  const { addresses, ...rest } = options;
  const peers: Peer[] = [];
  while (peers.length < count) {
    const first = peers.length;
    const batch = Array.from({ length: Math.min(OPENED_AT_ONCE, count - first) }, (_, place) =>
      openPeer({
        ...rest,
        address: addresses[(first + place) % addresses.length] as string,
        name: `subscriber ${first + place + 1}`,
      }),
    );
    peers.push(...(await Promise.all(batch)));
  }
  return peers;
}
