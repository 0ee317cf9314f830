import type { Entry } from '@micro-socket/backbone';
import { describe, expect, it } from 'vitest';
import { BTC, both, ETH, feedWorld, hear } from './support/feed-world.ts';

const payloads = (entries: readonly Entry[]) => entries.map(({ payload }) => payload as Record<string, unknown>);

describe('a channel', () => {
  it('gives each message of the main feed once, under the same position and messageId, with its own prices', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('gold', { BTCUSDT: both('0.10') }));
    const main = await hear(world, 'prices');
    const gold = await hear(world, 'prices.gold');
    world.tick(100_000);
    world.tick(100_010, 100_020, ETH.id);
    await world.clock.settle();

    const places = ({ entries }: typeof main) =>
      entries.map(({ epoch, seqNo, prevSeqNo, messageId, time, key }) => ({
        epoch,
        seqNo,
        prevSeqNo,
        messageId,
        time,
        key,
      }));
    expect(places(gold)).toEqual(places(main));
    const { version } = payloads(gold.entries)[0] as { version: number };
    expect(payloads(gold.entries)).toMatchObject([
      { type: 'tick', instrument: BTC.id, bid: 99_990, ask: 100_015, version },
      { type: 'tick', instrument: ETH.id, bid: 100_010, ask: 100_020, version },
    ]);
    expect(version).toBe(world.backbone.ledger.channels.get('gold')?.current.version);
  });

  it('is derived again from the history, byte for byte as it was sent live, over changes of margins (I7)', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('gold', { BTCUSDT: both('0.10') }));
    const start = await world.done(world.backbone.head('prices.gold'));
    const gold = await hear(world, 'prices.gold');
    for (let round = 0; round < 12; round++) {
      world.tick(100_000 + round);
      const tick = world.tick(3_000 + round, 3_020, ETH.id);
      expect(tick.instrument).toBe(ETH.id);
      if (round % 3 === 0) await world.done(world.channels.create(`other-${round}`, {}));
      if (round % 2 === 0) {
        await world.done(world.channels.change('gold', () => ({ BTCUSDT: both(`0.${round + 10}`) }), undefined));
      }
    }
    await world.clock.settle();
    const replayed = await world.done(world.backbone.read('prices.gold', { afterSeqNo: start.seqNo, limit: 1_000 }));
    expect(gold.entries.length).toBe(24 + 4 + 6);
    expect(replayed).toEqual(gold.entries);
    // From every place in the middle, and in pieces.
    for (const { seqNo } of gold.entries) {
      const rest = await world.done(world.backbone.read('prices.gold', { afterSeqNo: seqNo, limit: 3 }));
      const from = gold.entries.findIndex((entry) => entry.seqNo === seqNo) + 1;
      expect(rest).toEqual(gold.entries.slice(from, from + 3));
    }
    const tail = await world.done(world.backbone.tail('prices.gold', 5));
    expect(tail.entries).toEqual(gold.entries.slice(-5));
  });

  it('finds margins that are older than the history of its newest changes, and after a restart', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('gold', { BTCUSDT: both('0.01') }));
    const start = await world.done(world.backbone.head('prices.gold'));
    const gold = await hear(world, 'prices.gold');
    for (let round = 2; round < 90; round++) {
      world.tick(100_000 + round);
      await world.done(world.channels.change('gold', () => ({ BTCUSDT: both(`0.${round + 10}`) }), undefined));
    }
    const { PriceBackbone } = await import('../src/index.ts');
    const { seededRandom } = await import('../../transport/test/support/seeded-random.ts');
    const again = new PriceBackbone({ backbone: world.memory, clock: world.clock, random: seededRandom(1) });
    const replayed = await world.done(again.read('prices.gold', { afterSeqNo: start.seqNo, limit: 1_000 }));
    expect(replayed).toEqual(gold.entries);
  });

  it('begins with its creation, and has nothing from before', async () => {
    const world = await feedWorld();
    world.tick(100_000);
    world.tick(100_001);
    await world.done(world.channels.create('gold', { BTCUSDT: both('1.00') }));
    world.tick(100_002);
    await world.clock.settle();
    const all = await world.done(world.backbone.read('prices.gold', { afterSeqNo: 0, limit: 100 }));
    expect(payloads(all).map(({ type }) => type)).toEqual(['margins', 'tick']);
    const main = await world.done(world.backbone.tail('prices', 10));
    const early = main.entries[2] as Entry;
    expect(await world.done(world.backbone.anchor('prices.gold', early))).toBe(false);
    expect(await world.done(world.backbone.anchor('prices.gold', all[0] as Entry))).toBe(true);
    const tail = await world.done(world.backbone.tail('prices.gold', 10));
    expect(tail.entries).toEqual(all);
    expect(tail.before.seqNo).toBe(all[0]?.prevSeqNo);
  });

  it('quotes every instrument anew at the one seqNo at which its margins change', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('gold', {}));
    const gold = await hear(world, 'prices.gold');
    world.tick(100_000);
    world.tick(3_000, 3_001, ETH.id);
    await world.done(world.channels.change('gold', () => ({ '*': { bid: { basisPoints: '100' } } }), undefined));
    const switched = gold.entries.at(-1) as Entry;
    expect(switched.payload).toMatchObject({
      type: 'margins',
      version: switched.seqNo,
      quotes: [
        { instrument: BTC.id, bid: 99_000, ask: 100_005 },
        { instrument: ETH.id, bid: 2_970, ask: 3_001 },
      ],
    });
    expect(JSON.stringify(switched.payload)).not.toContain('ppm');
  });

  it('switches at one seqNo under load: the versions never go back, and no tick stands in between', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('gold', { BTCUSDT: both('0') }));
    const gold = await hear(world, 'prices.gold');
    const changes = [1, 2, 3, 4, 5].map((amount) => {
      for (let count = 0; count < 50; count++) world.tick(100_000 + count);
      return world.channels.change('gold', () => ({ BTCUSDT: both(`${amount}.00`) }), undefined);
    });
    for (const change of changes) await world.done(change);
    await world.clock.settle();
    let version = world.backbone.ledger.channels.get('gold')?.bornAt as number;
    let newestBid = 0;
    for (const { seqNo, payload } of gold.entries) {
      const message = payload as { type: string; version: number; bid: number; quotes: { bid: number }[] };
      if (message.type === 'margins') {
        expect(message.version).toBe(seqNo);
        expect(message.quotes[0]?.bid).toBe(newestBid - 100);
        version = seqNo;
        newestBid = message.quotes[0]?.bid as number;
      } else {
        expect(message.version).toBe(version);
        newestBid = message.bid;
      }
    }
    expect(gold.entries.filter(({ payload }) => (payload as { type: string }).type === 'margins')).toHaveLength(5);
  });

  it('has a state that is the newest message of each kind, under the margins in force', async () => {
    const world = await feedWorld();
    world.tick(100_000);
    world.tick(3_000, 3_001, ETH.id);
    await world.done(world.channels.create('gold', { BTCUSDT: both('1.00') }));
    await world.done(world.channels.create('silver', { BTCUSDT: both('2.00') }));
    world.tick(100_500);
    await world.clock.settle();
    const { head, entries } = await world.done(world.backbone.snapshot('prices.gold'));
    expect(head).toEqual(await world.done(world.backbone.head('prices')));
    expect(payloads(entries)).toMatchObject([
      { type: 'instrument', instrument: BTC.id, decimals: 2 },
      { type: 'instrument', instrument: ETH.id },
      {
        type: 'margins',
        quotes: [
          { instrument: BTC.id, bid: 99_900 },
          { instrument: ETH.id, bid: 3_000 },
        ],
      },
      { type: 'tick', instrument: BTC.id, bid: 100_400 },
    ]);
    const live = await world.done(world.backbone.read('prices.gold', { afterSeqNo: 0, limit: 100 }));
    for (const entry of entries.slice(2)) expect(live).toContainEqual(entry);
  });

  it('costs nothing while nobody subscribes to it, and nothing more for a second question', async () => {
    const world = await feedWorld();
    for (let index = 0; index < 50; index++) await world.done(world.channels.create(`c-${index}`, {}));
    const before = world.backbone.counts;
    const gold = await hear(world, 'prices.c-7');
    for (let count = 0; count < 20; count++) world.tick(100_000 + count);
    await world.clock.settle();
    expect(world.backbone.counts).toEqual({ ...before, feeds: 1, derivedLive: before.derivedLive + 20 });
    gold.subscription.close();
    world.tick(100_100);
    await world.clock.settle();
    expect(world.backbone.counts).toMatchObject({ feeds: 0, derivedLive: before.derivedLive + 20 });
    expect(gold.entries).toHaveLength(20);
  });

  it('does not exist until it was created, and no more when it was deleted; its subscribers are told why', async () => {
    const world = await feedWorld();
    await expect(world.done(world.backbone.subscribe('prices.gold', () => {}))).rejects.toMatchObject({
      code: 'NO_SUCH_TOPIC',
    });
    await world.done(world.channels.create('gold', {}));
    const gold = await hear(world, 'prices.gold');
    const silver = await world.done(world.channels.create('silver', {}));
    await world.done(world.channels.close('gold', 'The contract has ended.', undefined));
    world.tick(100_000);
    await world.clock.settle();
    expect(gold.ends).toEqual(['closed: The contract has ended.']);
    expect(gold.entries.at(-1)?.seqNo).toBe(silver.current.version);
    const gone = { code: 'NO_SUCH_TOPIC' };
    await expect(world.done(world.backbone.head('prices.gold'))).rejects.toMatchObject(gone);
    await expect(world.done(world.backbone.snapshot('prices.gold'))).rejects.toMatchObject(gone);
    // One of the same name is another channel: nothing of the old one is in it.
    const born = await world.done(world.channels.create('gold', { BTCUSDT: both('5.00') }));
    const all = await world.done(world.backbone.read('prices.gold', { afterSeqNo: 0, limit: 100 }));
    expect(all.map(({ seqNo }) => seqNo)).toEqual([born.current.version]);
  });

  it('cannot be published to, and the main feed takes ticks only', async () => {
    const { backbone, done, tick, clock, channels } = await feedWorld();
    await done(channels.create('gold', {}));
    tick(100_000);
    await clock.settle();
    const base = { publisher: 'mallory', messageId: 'm-1', sizeBytes: 10 };
    const sourceTime = 1_700_000_000_100;
    const bad: [string, string, unknown][] = [
      ['prices.gold', BTC.id, { type: 'tick', instrument: BTC.id, last: 1, sourceTime }],
      ['prices.~source', 'source', { type: 'source', source: 'me', state: 'ok', silentMs: 0 }],
      ['prices', 'channel:gold', { type: 'margins', channel: 'gold', margins: {}, createdAt: 1, quotes: [] }],
      ['prices', BTC.id, { type: 'tick', instrument: BTC.id, bid: 1.5, ask: 2, sourceTime }],
      ['prices', BTC.id, { type: 'tick', instrument: BTC.id, bid: 100_010, ask: 100_000, sourceTime }],
      ['prices', BTC.id, { type: 'tick', instrument: BTC.id, bid: 100_000, sourceTime }],
      ['prices', 'other', { type: 'tick', instrument: BTC.id, last: 100_000, sourceTime }],
      ['prices', 'DOGE', { type: 'tick', instrument: 'DOGE', last: 100_000, sourceTime }],
      ['prices', 'x', 'text'],
    ];
    for (const [topic, key, payload] of bad) {
      const attempt = done(backbone.publish({ ...base, topic, key, payload: payload as never }));
      await expect(attempt, JSON.stringify(payload)).rejects.toMatchObject({ code: 'INVALID_FIELD' });
    }
    const good = { type: 'tick', instrument: BTC.id, bid: 100_000, ask: 100_020, sourceTime };
    const request = { ...base, topic: 'prices', key: BTC.id, payload: good };
    const first = await done(backbone.publish(request));
    tick(100_200);
    await clock.settle();
    // Sent again, although it is old by now: it is told where it stands.
    expect(await done(backbone.publish(request))).toEqual({ ...first, status: 'duplicate' });
  });

  it('leaves all other topics alone', async () => {
    const { backbone, done } = await feedWorld();
    const request = { topic: 'prices.gold.~presence', publisher: 'p', messageId: 'm', payload: 1, sizeBytes: 8 };
    expect((await done(backbone.publish(request))).status).toBe('ok');
    expect((await done(backbone.head('prices.gold.~presence'))).seqNo).toBe(1);
    expect((await done(backbone.head('elsewhere'))).seqNo).toBe(0);
  });
});
