/**
 * What a channel promises does not depend on what stores the main topic: the same tests over memory, disk, an engine at
 * the other end of a real socket, and NATS, by the real clock.
 */

import {
  type Backbone,
  type Entry,
  type EntryListener,
  MemoryBackbone,
  type TopicSubscription,
} from '@micro-socket/backbone';
import { DiskBackbone } from '@micro-socket/backbone/disk';
import { NatsBackbone } from '@micro-socket/backbone/nats';
import { limitsWith } from '@micro-socket/protocol';
import { systemClock } from '@micro-socket/transport/node';
import { afterEach, describe, expect, it } from 'vitest';
import { cleansUp, newFolder } from '../../backbone/test/disk/support/folders.ts';
import { NATS_MISSING, NatsServer } from '../../backbone/test/nats/support/nats-server.ts';
import { Engine } from '../../backbone/test/remote/support/engine.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { Channels, PriceBackbone, PriceFeed } from '../src/index.ts';
import { BTC, both, ETH, SpokenSource } from './support/feed-world.ts';

const LIMITS = limitsWith({});
let seed = 100;

interface Kind {
  readonly name: string;
  readonly why?: string | undefined;
  /** A backbone, and others at the same store where it can have several. */
  readonly open: () => Promise<{ readonly backbone: Backbone; readonly another?: () => Promise<Backbone> }>;
}

/** Runs after each test, the newest first. */
const cleanups: (() => Promise<unknown>)[] = [];

const ports = () => ({ clock: systemClock, random: seededRandom(seed++) });

const KINDS: readonly Kind[] = [
  { name: 'memory', open: async () => ({ backbone: new MemoryBackbone({ ...ports(), limits: LIMITS }) }) },
  { name: 'late memory', open: async () => ({ backbone: new LateBackbone({ ...ports(), limits: LIMITS }) }) },
  {
    name: 'disk',
    open: async () => ({
      backbone: await DiskBackbone.open({ ...ports(), directory: newFolder(), durability: 'written', limits: LIMITS }),
    }),
  },
  {
    name: 'an engine',
    open: async () => {
      const engine = await Engine.start({ backbone: new MemoryBackbone({ ...ports(), limits: LIMITS }) });
      cleanups.push(() => engine.close());
      return { backbone: await engine.connect(), another: () => engine.connect() };
    },
  },
  {
    name: 'NATS',
    why: NATS_MISSING,
    open: async () => {
      const server = await NatsServer.start();
      cleanups.push(() => server.dispose());
      const connect = () => NatsBackbone.connect({ ...ports(), servers: server.url, limits: LIMITS });
      return { backbone: await connect(), another: connect };
    },
  },
];

/** What is stored is acknowledged first, and heard of later, as may happen with every backbone behind a network. */
class LateBackbone extends MemoryBackbone {
  override subscribe(topic: string, listener: EntryListener): Promise<TopicSubscription> {
    return super.subscribe(topic, (entry) => setTimeout(() => listener(entry), LATE_MS));
  }
}

const LATE_MS = 5;

cleansUp();
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A price feed with both instruments, over a backbone. */
async function feedOver(inner: Backbone) {
  const backbone = new PriceBackbone({ backbone: inner, ...ports() });
  cleanups.push(() => backbone.close());
  const { ledger, writer } = backbone;
  const channels = new Channels({ ledger, writer, clock: systemClock });
  const source = new SpokenSource();
  const feed = new PriceFeed({ backbone, source, ...ports(), onProblem: () => {} });
  cleanups.push(() => feed.stop());
  await feed.start();
  let sourceTime = 1_700_000_000_000;
  return {
    backbone,
    channels,
    feed,
    source,
    tick(bid: number, instrument = BTC.id) {
      sourceTime += 1;
      source.sink.tick({ instrument, bid, ask: bid + 5, sourceTime });
    },
    /** Resolves when every tick that was accepted has its place. */
    async stored() {
      while (feed.stats.stored + feed.stats.conflated < feed.stats.accepted) await turn();
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** A listener that can be waited for. */
async function hear(backbone: Backbone, topic: string) {
  const entries: Entry[] = [];
  const ends: string[] = [];
  const subscription: TopicSubscription = await backbone.subscribe(topic, (entry) => entries.push(entry), {
    onLost: () => ends.push('lost'),
    onClosed: (why) => ends.push(`closed: ${why}`),
  });
  const heard = { entries, ends, subscription };
  const reaches = async (seqNo: number) => {
    while (subscription.head.seqNo < seqNo && (entries.at(-1)?.seqNo ?? 0) < seqNo) await turn();
  };
  return {
    ...heard,
    reaches,
    isOver: async () => {
      while (ends.length === 0) await turn();
    },
  };
}

const typeOf = ({ payload }: Entry) => (payload as { type: string }).type;

describe.each(KINDS)('a price feed over $name', ({ why, open }) => {
  const test = it.skipIf(why !== undefined);

  test('takes the ticks that come right behind the definition of their instrument', async () => {
    const { source, feed, backbone, tick, stored } = await feedOver((await open()).backbone);
    source.sink.instrument(BTC);
    tick(100_000);
    // The definition is stored by then, and need not have been heard of.
    await source.sink.ready();
    for (let count = 1; count <= 20; count++) {
      tick(100_000 + count);
      await source.sink.ready();
    }
    await stored();
    expect(feed.stats).toMatchObject({ accepted: 21, stored: 21, conflated: 0, refused: { unknown: 0 } });
    const { entries } = await backbone.tail('prices', 100);
    expect(entries.map(typeOf)).toEqual(['instrument', ...Array.from({ length: 21 }, () => 'tick')]);
  });

  test('derives a channel again from the history, byte for byte as it was sent live, over changes of margins (I7)', async () => {
    const { another, ...opened } = await open();
    const { backbone, channels, source, tick, stored } = await feedOver(opened.backbone);
    for (const instrument of [BTC, ETH]) source.sink.instrument(instrument);
    const born = await channels.create('gold', { BTCUSDT: both('0.10') });
    const gold = await hear(backbone, 'prices.gold');
    const main = await hear(backbone, 'prices');
    for (let round = 0; round < 30; round++) {
      tick(100_000 + round);
      tick(3_000 + round, ETH.id);
      if (round % 3 === 0) await channels.create(`other-${round}`, {});
      if (round % 2 === 0) await channels.change('gold', () => ({ BTCUSDT: both(`0.${round + 10}`) }), undefined);
    }
    await stored();
    const { seqNo } = await backbone.head('prices.gold');
    await Promise.all([gold.reaches(seqNo), main.reaches(seqNo)]);
    expect(gold.entries.map((entry) => entry.seqNo)).toEqual(main.entries.map((entry) => entry.seqNo));
    expect(gold.entries.filter((entry) => typeOf(entry) === 'margins')).toHaveLength(15);
    const replayed = await backbone.read('prices.gold', { afterSeqNo: born.current.version, limit: 1_000 });
    expect(bytesOf(replayed)).toEqual(bytesOf(gold.entries));
    const middle = gold.entries[Math.floor(gold.entries.length / 2)] as Entry;
    expect(await backbone.anchor('prices.gold', middle)).toBe(true);
    const rest = await backbone.read('prices.gold', { afterSeqNo: middle.seqNo, limit: 7 });
    const from = gold.entries.indexOf(middle) + 1;
    expect(bytesOf(rest)).toEqual(bytesOf(gold.entries.slice(from, from + 7)));
    if (another === undefined) return;
    const elsewhere = new PriceBackbone({ backbone: await another(), ...ports() });
    cleanups.push(() => elsewhere.close());
    const there = await elsewhere.read('prices.gold', { afterSeqNo: born.current.version, limit: 1_000 });
    expect(bytesOf(there)).toEqual(bytesOf(gold.entries));
  });

  test('switches at one seqNo under load: the versions never go back, and no tick stands in between', async () => {
    const { backbone, channels, source, tick, stored } = await feedOver((await open()).backbone);
    source.sink.instrument(BTC);
    await source.sink.ready();
    const born = await channels.create('gold', {});
    const gold = await hear(backbone, 'prices.gold');
    const changes = [1, 2, 3, 4, 5].map((amount) => {
      for (let count = 0; count < 50; count++) tick(100_000 + count + amount);
      return channels.change('gold', () => ({ BTCUSDT: both(`${amount}.00`) }), undefined);
    });
    await Promise.all(changes);
    tick(100_100);
    await stored();
    await gold.reaches((await backbone.head('prices.gold')).seqNo);
    let { version } = born.current;
    let newestBid = 0;
    let amount = 0;
    for (const { seqNo, payload } of gold.entries) {
      const message = payload as { type: string; version: number; bid: number; quotes: { bid: number }[] };
      if (message.type === 'margins') {
        amount += 100;
        expect(message).toMatchObject({ version: seqNo, quotes: [{ bid: newestBid - amount }] });
        version = seqNo;
      } else {
        expect(message.version).toBe(version);
        newestBid = message.bid + amount;
      }
    }
    expect(amount).toBe(500);
  });

  test('has a state that is the newest message of each kind, under the margins in force (§5.6)', async () => {
    const { backbone, channels, source, tick, stored } = await feedOver((await open()).backbone);
    for (const instrument of [BTC, ETH]) source.sink.instrument(instrument);
    await source.sink.ready();
    tick(100_000);
    tick(3_000, ETH.id);
    const born = await channels.create('gold', { BTCUSDT: both('1.00') });
    await channels.create('silver', { BTCUSDT: both('2.00') });
    tick(100_500);
    await stored();
    const { head, entries } = await backbone.snapshot('prices.gold');
    expect(head).toEqual(await backbone.head('prices'));
    expect(entries.map(({ payload }) => payload)).toMatchObject([
      { type: 'instrument', instrument: BTC.id },
      { type: 'instrument', instrument: ETH.id },
      { type: 'margins', version: born.current.version, quotes: [{ bid: 99_900 }, { bid: 3_000 }] },
      { type: 'tick', instrument: BTC.id, bid: 100_400 },
    ]);
    const kept = await backbone.read('prices.gold', { afterSeqNo: 0, limit: 100 });
    // A read does not always know what stood before its first message.
    const withoutBefore = (all: readonly Entry[]) => bytesOf(all.map((entry) => ({ ...entry, prevSeqNo: 0 })));
    expect(withoutBefore(kept)).toEqual(expect.arrayContaining(withoutBefore(entries.slice(2))));
  });

  test('has no topic for a channel that does not exist, and none any more when it was deleted: NO_SUCH_TOPIC', async () => {
    const { backbone, channels, source, tick, stored } = await feedOver((await open()).backbone);
    source.sink.instrument(BTC);
    await source.sink.ready();
    const gone = { code: 'NO_SUCH_TOPIC' };
    await expect(backbone.subscribe('prices.gold', () => {})).rejects.toMatchObject(gone);
    const born = await channels.create('gold', {});
    const gold = await hear(backbone, 'prices.gold');
    tick(100_000);
    await stored();
    await channels.close('gold', 'The contract has ended.', undefined);
    await gold.isOver();
    tick(100_001);
    await stored();
    expect(gold.ends).toEqual(['closed: The contract has ended.']);
    expect(gold.entries.map(typeOf)).toEqual(['tick']);
    await expect(backbone.subscribe('prices.gold', () => {})).rejects.toMatchObject(gone);
    await expect(backbone.head('prices.gold')).rejects.toMatchObject(gone);
    await expect(backbone.snapshot('prices.gold')).rejects.toMatchObject(gone);
    await expect(backbone.read('prices.gold', { afterSeqNo: 0, limit: 10 })).rejects.toMatchObject(gone);
    const again = await channels.create('gold', {});
    const kept = await backbone.read('prices.gold', { afterSeqNo: 0, limit: 100 });
    expect(kept.map(({ seqNo }) => seqNo)).toEqual([again.current.version]);
    expect(again.current.version).toBeGreaterThan(born.current.version);
  });
});

/** Entries as they would be written down, with the order of their fields. */
function bytesOf(entries: readonly Entry[]): string[] {
  return entries.map((entry) =>
    JSON.stringify(Object.entries(entry).toSorted(([one], [other]) => (one < other ? -1 : 1))),
  );
}
