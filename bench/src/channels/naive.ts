/**
 * What one writes in an afternoon with the package `ws`: for each tick and each subscription, compute the client's price,
 * make its text and send it. The prices are those of the same exact rule, so that nothing differs but the architecture.
 *
 * It checks no access, no tick and no duplicate, keeps no history, cannot go on after a lost connection, changes no
 * margins while it runs, knows neither modes nor rates, and holds whatever a slow reader does not take.
 */

import type { AddressInfo } from 'node:net';
import {
  deriveQuote,
  type Instrument,
  type Margins,
  marginsFor,
  parseMargins,
  type Tick,
} from '@micro-socket/price-feed';
import { WebSocket, WebSocketServer } from 'ws';
import type { FeedServer } from './feed-program.ts';
import { INSTRUMENTS, marginsOf, topicOf } from './market.ts';

interface ClientFrame {
  readonly type: string;
  readonly id: number;
  readonly topic: string;
  readonly messageId: string;
  readonly payload: Tick;
}

interface Channel {
  readonly topic: string;
  readonly margins: Margins;
  readonly version: number;
}

export function start(): Promise<FeedServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws', perMessageDeflate: false });
  const instruments = new Map<string, Instrument>(INSTRUMENTS.map((instrument) => [instrument.id, instrument]));
  const channels = new Map<string, Channel>();
  const clients = new Map<WebSocket, Channel[]>();
  let seqNo = 0;

  // #region per-client
  function publish(publisher: WebSocket, { id, messageId, payload: tick }: ClientFrame): void {
    const prevSeqNo = seqNo++;
    const instrument = instruments.get(tick.instrument) as Instrument;
    for (const [client, subscribed] of clients) {
      if (client.readyState !== WebSocket.OPEN) continue;
      for (const { topic, margins, version } of subscribed) {
        const quote = deriveQuote(tick, marginsFor(margins, instrument.id), instrument);
        const place = { topic, seqNo, prevSeqNo, messageId, time: Date.now() };
        const data = { type: 'tick', ...quote, version };
        client.send(JSON.stringify({ type: 'message', ...place, data, key: instrument.id }));
      }
    }
    publisher.send(JSON.stringify({ type: 'ack', id, messageId, status: 'ok', seqNo }));
  }
  // #endregion per-client

  function subscribe(client: WebSocket, { id, topic }: ClientFrame): void {
    const subscribed = clients.get(client) ?? [];
    clients.set(client, [...subscribed, channels.get(topic) as Channel]);
    client.send(JSON.stringify({ type: 'subscribed', id, topic, seqNo }));
  }

  server.on('connection', (client) => {
    client.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as ClientFrame;
      if (frame.type === 'publish') publish(client, frame);
      else if (frame.type === 'subscribe') subscribe(client, frame);
      else if (frame.type === 'setup') client.send(JSON.stringify({ type: 'ready' }));
    });
    client.on('close', () => clients.delete(client));
    client.on('error', () => client.terminate());
  });

  async function createChannels(count: number): Promise<number[]> {
    return Array.from({ length: count }, (_, channel) => {
      const topic = topicOf(channel);
      const version = channel + 1;
      channels.set(topic, { topic, margins: parseMargins(marginsOf(channel), instruments), version });
      return version;
    });
  }

  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.on('listening', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ address: `ws://127.0.0.1:${port}/ws`, createChannels });
    });
  });
}
