/** The reference price feed as it comes, in memory, with a policy that lets everybody do everything and wide bounds. */

import { MemoryBackbone } from '@micro-socket/backbone';
import { StaticPolicy } from '@micro-socket/gateway';
import type { PriceSource } from '@micro-socket/price-feed';
import { type RunningFeed, serveFeed } from '@micro-socket/price-feed/node';
import { limitsWith } from '@micro-socket/protocol';
import { parseAddress } from '@micro-socket/transport';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { LIMITS } from '../processes/gateway.ts';
import type { FeedServer } from './feed-program.ts';
import { channelIdOf, INSTRUMENTS, marginsOf } from './market.ts';

/** The load generator publishes the ticks, so prices must not become stale when it pauses. */
const STALE_AFTER_MS = 86_400_000;

/** Tells the instruments, and leaves the ticks to the load generator. */
const instrumentsOnly: PriceSource = {
  name: 'instruments',
  async start(sink) {
    for (const { id, decimals, tickSize } of INSTRUMENTS) sink.instrument({ id, decimals, tickSize });
    sink.found();
  },
  async stop() {},
};

export async function start(): Promise<FeedServer> {
  const limits = limitsWith(LIMITS);
  const running = await serveFeed({
    addresses: [parseAddress('ws://127.0.0.1:0')],
    policy: new StaticPolicy({ anonymous: { allow: [{ pattern: '>', actions: ['subscribe', 'publish'] }] } }),
    limits,
    backbone: new MemoryBackbone({ clock: systemClock, random: systemRandom, limits }),
    source: instrumentsOnly,
    staleAfterMs: STALE_AFTER_MS,
    onInternalError(error) {
      // A gateway that fails inside gives no figures.
      console.error(error);
      process.exit(1);
    },
  });
  await instrumentsStored(running);
  return { address: running.address, createChannels: (count) => createChannels(running, count) };
}

async function instrumentsStored({ backbone: { ledger } }: RunningFeed): Promise<void> {
  while (ledger.instruments.size < INSTRUMENTS.length) {
    await new Promise((resolve) => setImmediate(resolve));
    await ledger.catchUp();
  }
}

async function createChannels({ channels }: RunningFeed, count: number): Promise<number[]> {
  const versions: number[] = [];
  for (let channel = 0; channel < count; channel++) {
    const { current } = await channels.create(channelIdOf(channel), marginsOf(channel));
    versions.push(current.version);
  }
  return versions;
}
