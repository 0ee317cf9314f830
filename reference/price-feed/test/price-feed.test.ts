import { ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { BTC, ETH, feedWorld, hear } from './support/feed-world.ts';

describe('the health of prices (§5.8)', () => {
  it('is stale within two seconds of the last tick, and ok with the next one', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('gold', {}));
    world.tick(100_000);
    await world.clock.settle();
    const main = await hear(world, 'prices');
    const gold = await hear(world, 'prices.gold');
    await world.clock.advance(1_000);
    expect(gold.health).toEqual([]);
    await world.clock.advance(1_000);
    expect(gold.health).toEqual(['stale']);
    expect(main.health).toEqual(['stale']);
    world.tick(100_001);
    await world.clock.settle();
    expect(gold.health).toEqual(['stale', 'ok']);
    expect(main.health).toEqual(['stale', 'ok']);
  });

  it('is stale at once when the source says that it is lost, and ok when it is found', async () => {
    const world = await feedWorld();
    world.tick(100_000);
    await world.clock.settle();
    const main = await hear(world, 'prices');
    world.source.sink.lost('The exchange has closed the connection.');
    await world.clock.settle();
    expect(main.health).toEqual(['stale']);
    expect(world.problems).toEqual(['The source spoken is lost: The exchange has closed the connection.']);
    expect(world.backbone.sourceStatus).toMatchObject({
      state: 'lost',
      why: 'The exchange has closed the connection.',
    });
    world.tick(100_001);
    await world.clock.settle();
    expect(main.health).toEqual(['stale', 'ok']);
  });

  it('is stale within two seconds when the feed itself is gone', async () => {
    const world = await feedWorld();
    world.tick(100_000);
    await world.clock.settle();
    const main = await hear(world, 'prices');
    await world.done(world.feed.stop());
    await world.clock.advance(2_000);
    expect(main.health).toEqual(['stale']);
  });

  it('is told to one that comes while prices are stale', async () => {
    const world = await feedWorld();
    const first = await hear(world, 'prices');
    await world.clock.advance(5_000);
    expect(first.health).toEqual(['stale']);
    const second = await hear(world, 'prices');
    expect(second.health).toEqual(['stale']);
  });

  it('costs no timer where nobody listens', async () => {
    const world = await feedWorld();
    const before = world.clock.timerCount;
    const main = await hear(world, 'prices');
    expect(world.clock.timerCount).toBe(before + 1);
    main.subscription.close();
    await world.clock.advance(1_000);
    expect(world.clock.timerCount).toBe(before);
  });
});

describe('ticks on their way', () => {
  it('wait for the definition of their instrument, the newest in the place of the others, and keep their order', async () => {
    const world = await feedWorld();
    const before = await world.done(world.backbone.head('prices'));
    world.source.sink.instrument({ id: 'NEW', decimals: 0, tickSize: 1 });
    for (let price = 100; price < 105; price++) world.tick(price, price + 1, 'NEW');
    await world.clock.settle();
    for (let price = 105; price < 110; price++) world.tick(price, price + 1, 'NEW');
    await world.clock.settle();
    const entries = await world.done(world.backbone.read('prices', { afterSeqNo: before.seqNo, limit: 100 }));
    const told = entries.map(({ payload }) => payload as { type: string; bid?: number });
    expect(told.map(({ type, bid }) => bid ?? type)).toEqual(['instrument', 104, 105, 106, 107, 108, 109]);
    expect(world.feed.stats.conflated).toBe(4);
  });

  it('give way to newer ones of their instrument while the backbone refuses, and then go on without a wrong order', async () => {
    const world = await feedWorld();
    const main = await hear(world, 'prices');
    const publish = world.memory.publish.bind(world.memory);
    world.memory.publish = () => Promise.reject(new ProtocolError('UNAVAILABLE', 'The disk is full.'));
    for (let step = 0; step < 20; step++) {
      world.tick(100_000 + step);
      world.tick(5_000 + step, 5_010 + step, ETH.id);
    }
    await world.clock.settle();
    expect(main.entries).toEqual([]);
    world.memory.publish = publish;
    await world.clock.advance(300);
    const stored = main.entries.map(({ payload }) => payload as { instrument: string; bid: number });
    expect(stored.filter(({ instrument }) => instrument === BTC.id).map(({ bid }) => bid)).toEqual([100_019]);
    expect(stored.filter(({ instrument }) => instrument === ETH.id).map(({ bid }) => bid)).toEqual([5_019]);
    expect(world.feed.stats).toMatchObject({ accepted: 40, stored: 2, conflated: 38 });
  });

  it('go on under another name when the ids of one are too many for the backbone', async () => {
    const world = await feedWorld({ dedupEntriesPerPublisherMax: 100 });
    for (let step = 0; step < 1_000; step++) {
      world.tick(100_000 + (step % 7));
      if (step % 50 === 49) await world.clock.advance(300);
    }
    const { stored, conflated, accepted } = world.feed.stats;
    expect(accepted).toBe(1_000);
    expect(stored + conflated).toBe(1_000);
    expect(stored).toBeGreaterThan(500);
    await world.done(world.channels.create('gold', {}));
  });

  it('are fresh when they are stored, and not when they have come', async () => {
    const world = await feedWorld();
    world.tick(100_000);
    await world.clock.settle();
    const main = await hear(world, 'prices');
    const publish = world.memory.publish.bind(world.memory);
    world.memory.publish = (request) => {
      const refused = new ProtocolError('OVERLOADED', 'The history is full.');
      return request.topic === 'prices' ? Promise.reject(refused) : publish(request);
    };
    for (let step = 1; step < 30; step++) {
      world.tick(100_000 + step);
      await world.clock.advance(100);
    }
    expect(main.health).toEqual(['stale']);
    world.memory.publish = publish;
    await world.clock.advance(300);
    expect(main.health).toEqual(['stale', 'ok']);
  });

  it('are never more than the bound, beyond which the newest of each instrument waits', async () => {
    const world = await feedWorld();
    const publish = world.memory.publish.bind(world.memory);
    const held: (() => void)[] = [];
    world.memory.publish = (request) =>
      new Promise((resolve, reject) => held.push(() => publish(request).then(resolve, reject)));
    for (let step = 0; step < 3_000; step++) world.tick(100_000 + (step % 100));
    await world.clock.settle();
    expect(held.length).toBeLessThanOrEqual(1_100);
    let isReady = false;
    void world.source.sink.ready().then(() => {
      isReady = true;
    });
    await world.clock.settle();
    expect(isReady).toBe(false);
    world.memory.publish = publish;
    for (const go of held) go();
    await world.clock.settle();
    expect(isReady).toBe(true);
    const { stored, conflated } = world.feed.stats;
    expect(stored + conflated).toBe(3_000);
    const newest = await world.done(world.backbone.tail('prices', 1));
    expect(newest.entries[0]?.payload).toMatchObject({ bid: 100_099 });
  });

  it('keep their meaning: an instrument is never defined a second time in another way', async () => {
    const world = await feedWorld();
    world.source.sink.instrument(BTC);
    expect(() => world.source.sink.instrument({ ...BTC, decimals: 3 })).toThrowError(/2 decimals/);
    expect(() => world.source.sink.instrument({ id: 'a b', decimals: 0, tickSize: 1 })).toThrowError(/instrument/);
    for (let index = 0; index < 254; index++)
      world.source.sink.instrument({ id: `I${index}`, decimals: 0, tickSize: 1 });
    expect(() => world.source.sink.instrument({ id: 'MORE', decimals: 0, tickSize: 1 })).toThrowError(/at most 256/);
  });
});

describe('changing channels', () => {
  it('is refused when somebody else was quicker', async () => {
    const world = await feedWorld();
    const gold = await world.done(world.channels.create('gold', {}));
    const seen = [{ epoch: gold.entry.epoch, version: gold.current.version }];
    const margins = { BTCUSDT: { bid: { amount: '1' } } };
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => world.done(world.channels.change('gold', () => margins, seen))),
    );
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const again = world.channels.change('gold', () => margins, [{ epoch: 'another', version: gold.current.version }]);
    await expect(world.done(again)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('looks again when others write to the log at the same time, and quotes what they wrote', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('gold', {}));
    world.tick(100_000);
    await world.clock.settle();
    const publish = world.memory.publish.bind(world.memory);
    let others = 3;
    world.memory.publish = async (request) => {
      if (request.expectSeqNo !== undefined && others > 0) {
        others -= 1;
        const payload = {
          type: 'tick',
          instrument: BTC.id,
          bid: 100_100 - others,
          ask: 100_200,
          sourceTime: 1_800_000_000_000,
        };
        await publish({
          topic: 'prices',
          publisher: 'other',
          messageId: `o${others}`,
          key: BTC.id,
          payload,
          sizeBytes: 9,
        });
      }
      return publish(request);
    };
    await world.done(world.channels.change('gold', () => ({}), undefined));
    expect(world.backbone.ledger.channels.get('gold')?.message.quotes).toMatchObject([{ bid: 100_100 }]);
  });

  it('is bounded, and names what is wrong', async () => {
    const world = await feedWorld();
    await expect(world.done(world.channels.create('Gold', {}))).rejects.toMatchObject({ code: 'FIELD', field: 'id' });
    await expect(world.done(world.channels.create('gold', { X: {} }))).rejects.toMatchObject({ field: 'margins.X' });
    await expect(world.done(world.channels.change('gold', () => ({}), undefined))).rejects.toMatchObject({
      code: 'UNKNOWN',
    });
    await expect(world.done(world.channels.close('gold', '', undefined))).rejects.toMatchObject({ field: 'why' });
    await world.done(world.channels.create('gold', {}));
    await expect(world.done(world.channels.create('gold', {}))).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
