import { describe, expect, it } from 'vitest';
import { PriceDesk } from '../src/index.ts';
import { BTC, both, feedWorld } from './support/feed-world.ts';

describe('the prices that are told over HTTP', () => {
  it('come with the position from which a subscription goes on without a hole (§4.2)', async () => {
    const { backbone, channels, feed, tick, clock, done } = await feedWorld();
    const desk = new PriceDesk({ backbone, channels, feed });
    await done(channels.create('gold', { BTCUSDT: both('1.00') }));
    tick(100_000);
    await clock.settle();
    for (const view of [await done(desk.prices()), await done(desk.prices('gold'))]) {
      const { topic, epoch, seqNo, messageId } = view;
      expect(await done(backbone.anchor(topic, { epoch, seqNo, messageId: messageId as string }))).toBe(true);
    }
  });

  it('are those of the newest messages, in decimals', async () => {
    const { backbone, channels, feed, tick, clock, done } = await feedWorld();
    const desk = new PriceDesk({ backbone, channels, feed });
    const gold = await done(channels.create('gold', { BTCUSDT: both('1.00') }));
    const { sourceTime } = tick(100_000);
    await clock.settle();
    const instrument = { instrument: BTC.id, decimals: 2, sourceTime };
    expect((await done(desk.prices())).prices).toEqual([{ ...instrument, bid: '1000.00', ask: '1000.05' }]);
    expect(await done(desk.prices('gold'))).toMatchObject({
      topic: 'prices.gold',
      version: gold.current.version,
      prices: [{ ...instrument, bid: '999.00', ask: '1001.05' }],
    });
    await expect(done(desk.prices('silver'))).rejects.toMatchObject({ code: 'UNKNOWN' });
  });
});
