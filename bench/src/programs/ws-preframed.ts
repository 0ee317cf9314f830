/**
 * The same loop by somebody who knows the package `ws`: the frame is made once, header included, with the function that
 * `ws` itself uses for each client, and each socket is given the finished bytes.
 */

import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { ClientFrame } from './client-frame.ts';

interface FrameOptions {
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly mask: boolean;
  readonly readOnly: boolean;
}

/** `ws` exports it, and its types do not know. */
interface Sender {
  frame(data: Buffer, options: FrameOptions): Buffer[];
}

const TEXT = 1;
const { Sender } = createRequire(import.meta.url)('ws') as { Sender: Sender };

export function start(): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws', perMessageDeflate: false });
  const subscribers = new Map<WebSocket, Duplex>();
  let seqNo = 0;

  function publish(publisher: WebSocket, { id, topic, messageId, payload }: ClientFrame): void {
    const prevSeqNo = seqNo++;
    const message = { type: 'message', topic, seqNo, prevSeqNo, messageId, time: Date.now(), data: payload };
    const options = { fin: true, rsv1: false, opcode: TEXT, mask: false, readOnly: false };
    const frame = Buffer.concat(Sender.frame(Buffer.from(JSON.stringify(message)), options));
    for (const [client, socket] of subscribers) {
      if (client.readyState === WebSocket.OPEN) socket.write(frame);
    }
    publisher.send(JSON.stringify({ type: 'ack', id, messageId, status: 'ok', seqNo }));
  }

  function setUp(client: WebSocket, socket: Duplex, { topics = [] }: ClientFrame): void {
    client.send(JSON.stringify({ type: 'ready' }));
    for (const topic of topics) {
      subscribers.set(client, socket);
      client.send(JSON.stringify({ type: 'subscribed', topic, seqNo }));
    }
  }

  server.on('connection', (client, { socket }) => {
    client.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as ClientFrame;
      if (frame.type === 'publish') publish(client, frame);
      else if (frame.type === 'setup') setUp(client, socket, frame);
    });
    client.on('close', () => subscribers.delete(client));
    client.on('error', () => client.terminate());
  });

  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.on('listening', () => resolve(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`));
  });
}
