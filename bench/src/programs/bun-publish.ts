/** Runs on Bun: its own WebSocket server with its own topics, where `publish` sends to all that have subscribed. */

import type { BunServer, BunWebSocket } from './bun-serve.ts';
import type { ClientFrame } from './client-frame.ts';

export async function start(): Promise<string> {
  let seqNo = 0;

  function publish(publisher: BunWebSocket, { id, topic, messageId, payload }: ClientFrame): void {
    const prevSeqNo = seqNo++;
    const message = { type: 'message', topic, seqNo, prevSeqNo, messageId, time: Date.now(), data: payload };
    server.publish(topic, JSON.stringify(message));
    publisher.send(JSON.stringify({ type: 'ack', id, messageId, status: 'ok', seqNo }));
  }

  function setUp(client: BunWebSocket, { topics = [] }: ClientFrame): void {
    client.send(JSON.stringify({ type: 'ready' }));
    for (const topic of topics) {
      client.subscribe(topic);
      client.send(JSON.stringify({ type: 'subscribed', topic, seqNo }));
    }
  }

  const server: BunServer = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request, self) =>
      self.upgrade(request) ? undefined : new Response('There is only a WebSocket here.', { status: 400 }),
    websocket: {
      perMessageDeflate: false,
      idleTimeout: 0,
      message(client, data) {
        const frame = JSON.parse(data.toString()) as ClientFrame;
        if (frame.type === 'publish') publish(client, frame);
        else if (frame.type === 'setup') setUp(client, frame);
      },
    },
  });
  return `ws://127.0.0.1:${server.port}/ws`;
}
