/**
 * The floor: a program on Node that writes the bytes of the messages to the sockets of the subscribers, and nothing else.
 *
 * The frames of a turn are made once, header included, and each socket is given all of them in one write. Nobody on Node
 * delivers these bytes to these sockets with less, so what a gateway costs above it is what the gateway itself costs.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { joinFrames, webSocketWire } from '@micro-socket/transport';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ClientFrame } from './client-frame.ts';

const wire = webSocketWire('json');

export function start(): Promise<string> {
  const server = createServer();
  const acceptor = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const subscribers = new Set<Duplex>();
  let seqNo = 0;
  let turn: Uint8Array[] = [];

  function publish(publisher: WebSocket, { id, topic, messageId, payload }: ClientFrame): void {
    const prevSeqNo = seqNo++;
    const message = { type: 'message', topic, seqNo, prevSeqNo, messageId, time: Date.now(), data: payload };
    turn.push(wire.frame(JSON.stringify(message)));
    if (turn.length === 1) setImmediate(writeTurn);
    publisher.send(JSON.stringify({ type: 'ack', id, messageId, status: 'ok', seqNo }));
  }

  function writeTurn(): void {
    const frames = joinFrames(
      turn,
      turn.reduce((sum, { length }) => sum + length, 0),
    );
    turn = [];
    for (const socket of subscribers) socket.write(frames);
  }

  server.on('upgrade', (request, socket: Duplex, head) => {
    acceptor.handleUpgrade(request, socket, head, (client) => {
      client.on('message', (data) => {
        const frame = JSON.parse(data.toString()) as ClientFrame;
        if (frame.type === 'publish') publish(client, frame);
        else if (frame.type === 'setup') setUp(client, socket, frame);
      });
      client.on('close', () => subscribers.delete(socket));
      client.on('error', () => client.terminate());
    });
  });

  function setUp(client: WebSocket, socket: Duplex, { topics = [] }: ClientFrame): void {
    client.send(JSON.stringify({ type: 'ready' }));
    for (const topic of topics) {
      subscribers.add(socket);
      client.send(JSON.stringify({ type: 'subscribed', topic, seqNo }));
    }
  }

  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`));
  });
}
