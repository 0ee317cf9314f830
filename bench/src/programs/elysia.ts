/** Runs on Bun: Elysia with a WebSocket route, which hands `publish` on to Bun. */

import { Elysia } from 'elysia';
import type { ClientFrame } from './client-frame.ts';

export async function start(): Promise<string> {
  let seqNo = 0;

  const app = new Elysia({ websocket: { perMessageDeflate: false, idleTimeout: 0 } })
    .ws('/ws', {
      message(client, received) {
        // Elysia has parsed what looks like JSON.
        const frame = received as ClientFrame;
        if (frame.type === 'publish') {
          const { id, topic, messageId, payload } = frame;
          const prevSeqNo = seqNo++;
          const message = { type: 'message', topic, seqNo, prevSeqNo, messageId, time: Date.now(), data: payload };
          client.publish(topic, JSON.stringify(message));
          client.send(JSON.stringify({ type: 'ack', id, messageId, status: 'ok', seqNo }));
        } else if (frame.type === 'setup') {
          client.send(JSON.stringify({ type: 'ready' }));
          for (const topic of frame.topics ?? []) {
            client.subscribe(topic);
            client.send(JSON.stringify({ type: 'subscribed', topic, seqNo }));
          }
        }
      },
    })
    .listen({ hostname: '127.0.0.1', port: 0 });
  return `ws://127.0.0.1:${app.server?.port}/ws`;
}
