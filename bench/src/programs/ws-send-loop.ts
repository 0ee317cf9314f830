/**
 * What one writes by hand with the package `ws`: parse the publisher's frame, make the message's text once, send it to
 * every subscriber in a loop, answer the publisher. It checks no access, no schema and no duplicate, and keeps no history.
 */

import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { ClientFrame } from './client-frame.ts';

export function start(): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws', perMessageDeflate: false });
  const subscribers = new Set<WebSocket>();
  let seqNo = 0;

  // #region send-loop
  function publish(publisher: WebSocket, { id, topic, messageId, payload }: ClientFrame): void {
    const prevSeqNo = seqNo++;
    const message = { type: 'message', topic, seqNo, prevSeqNo, messageId, time: Date.now(), data: payload };
    const text = JSON.stringify(message);
    for (const client of subscribers) {
      if (client.readyState === WebSocket.OPEN) client.send(text);
    }
    publisher.send(JSON.stringify({ type: 'ack', id, messageId, status: 'ok', seqNo }));
  }
  // #endregion send-loop

  function setUp(client: WebSocket, { topics = [] }: ClientFrame): void {
    client.send(JSON.stringify({ type: 'ready' }));
    for (const topic of topics) {
      subscribers.add(client);
      client.send(JSON.stringify({ type: 'subscribed', topic, seqNo }));
    }
  }

  server.on('connection', (client) => {
    client.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as ClientFrame;
      if (frame.type === 'publish') publish(client, frame);
      else if (frame.type === 'setup') setUp(client, frame);
    });
    client.on('close', () => subscribers.delete(client));
    client.on('error', () => client.terminate());
  });

  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.on('listening', () => resolve(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`));
  });
}
