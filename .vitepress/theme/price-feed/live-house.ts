/** A price feed that somebody has started: prices over its WebSocket, margins over its REST interface. */

import { dial, systemClock } from '@micro-socket/transport/browser';
import type { ChannelName } from './feeds.ts';
import { type ChannelState, marginsOf, type PriceHouse } from './price-house.ts';
import { TappedConnection } from './tapped-connection.ts';

const OPERATOR = 'operator-token';

/** For how long an answer is waited for. */
const ANSWER_MS = 10_000;

export function openLiveHouse(address: string): PriceHouse {
  async function ask(id: ChannelName, init: RequestInit, headers: Record<string, string> = {}): Promise<ChannelState> {
    const response = await fetch(new URL(`/channels/${id}`, address.replace(/^ws/, 'http')), {
      ...init,
      headers: { Authorization: `Bearer ${OPERATOR}`, ...headers },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const body = (await response.json()) as ChannelState & { detail?: string };
    if (!response.ok) throw new Error(body.detail ?? `${response.status}`);
    return body;
  }

  return {
    clock: systemClock,
    token: OPERATOR,
    head: () => undefined,
    async dial(tap, expected) {
      const socket = await dial(address, 'msgpack');
      return new TappedConnection(socket, tap, { expected, end: () => socket.close(1000, '') });
    },
    channel: (id) => ask(id, {}),
    change: (change, { epoch, version }) =>
      ask(
        change.channel,
        { method: 'PATCH', body: JSON.stringify({ margins: marginsOf(change) }) },
        { 'Content-Type': 'application/merge-patch+json', 'If-Match': `"${epoch}.${version}"` },
      ),
    async close() {},
  };
}
