import { describe, expect, it } from 'vitest';
import { SourcedWorld } from './support/sourced-world.ts';

/** The source of `a` was heard last this many milliseconds ago. */
function silence(world: SourcedWorld, forMs: number): void {
  world.backbone.sourceIs('a', { state: 'stale', silentSince: world.clock.now() - forMs });
}

const stale = (lagMs: number) => ({ type: 'health', topic: 'a', state: 'stale', lagMs });

describe('a source that falls silent (§5.8, I5)', () => {
  it('is told to every subscriber at once, after what came before, and counted', async () => {
    const world = new SourcedWorld();
    const peer = await world.subscriber('a');
    const msgpack = await world.subscriber('a', { encoding: 'msgpack' });
    const confirms = await world.subscriber('a', {}, { confirmWindow: 5 });
    const other = await world.subscriber('b');
    world.publish('m1');
    silence(world, 1_500);
    await world.settle();
    for (const one of [peer, confirms]) expect(one.frames.slice(-2)).toMatchObject([{ messageId: 'm1' }, stale(1_500)]);
    expect(msgpack.last('health')).toEqual({ type: 'health', alias: 1, state: 'stale', lagMs: 1_500 });
    expect(other.all('health')).toEqual([]);
    expect(world.gateway.stats()).toMatchObject({ stale: 1, late: 0 });
  });

  it('is told once, and that it is heard again as well', async () => {
    const world = new SourcedWorld();
    const peer = await world.subscriber('a');
    silence(world, 1_500);
    silence(world, 1_500);
    await world.clock.advance(3_000);
    world.backbone.sourceIs('a', { state: 'ok' });
    world.backbone.sourceIs('a', { state: 'ok' });
    await world.settle();
    expect(peer.all('health')).toEqual([stale(1_500), { type: 'health', topic: 'a', state: 'ok', lagMs: 0 }]);
    expect(world.gateway.stats()).toMatchObject({ stale: 1 });
  });

  it('is told to one that joins later, with how long the silence lasts by then', async () => {
    const world = new SourcedWorld();
    const first = await world.subscriber('a');
    silence(world, 1_500);
    await world.clock.advance(4_000);
    const second = await world.subscriber('a');
    const paced = await world.subscriber('a', {}, { mode: 'latest', maxRateHz: 1 });
    for (const peer of [second, paced])
      expect(peer.frames.slice(-2)).toMatchObject([{ type: 'subscribed' }, stale(5_500)]);
    expect(first.all('health')).toEqual([stale(1_500)]);
    expect(world.gateway.stats()).toMatchObject({ stale: 1 });
  });

  it('is told to one with a rate that waits for its first message', async () => {
    const world = new SourcedWorld();
    const peer = await world.subscriber('a', {}, { mode: 'keyed', maxRateHz: 1 });
    silence(world, 1_500);
    await world.settle();
    expect(peer.types).toEqual(['ready', 'subscribed', 'health']);
    expect(peer.last('health')).toEqual(stale(1_500));
  });

  it('is told to the first subscriber of a topic whose source was silent before', async () => {
    const world = new SourcedWorld();
    silence(world, 2_000);
    const peer = await world.subscriber('a');
    expect(peer.types).toEqual(['ready', 'subscribed', 'health']);
    expect(peer.last('health')).toEqual(stale(2_000));
  });

  it('is told to one that fell behind when it has caught up, and not if it is over by then', async () => {
    const world = new SourcedWorld();
    const slow = await world.subscriber('a', { highWaterBytes: 300 });
    slow.pause();
    await world.publishTurns(1, 20);
    silence(world, 1_000);
    await world.settle();
    slow.resume();
    await world.settle();
    expect(slow.messageIds).toHaveLength(20);
    expect(slow.frames.at(-1)).toMatchObject(stale(1_000));
    world.backbone.sourceIs('a', { state: 'ok' });
    await world.settle();
    slow.pause();
    await world.publishTurns(21, 40);
    silence(world, 1_000);
    world.backbone.sourceIs('a', { state: 'ok' });
    slow.resume();
    await world.settle();
    expect(slow.all('health').map(({ state }) => state)).toEqual(['stale', 'ok']);
  });

  it('goes before lateness: what the latency has become is told when the source is heard again', async () => {
    const world = new SourcedWorld({ limits: { latencyObjectiveMs: 100 } });
    const peer = await world.subscriber('a');
    /** Publishes five messages, each of which is heard this long after it was stored. */
    const publish = async (from: number, lagMs: number) => {
      for (let at = 0; at < 5; at++) {
        world.backbone.hold();
        world.publish(`m${from + at}`);
        await world.clock.advance(lagMs);
        world.backbone.release();
        await world.clock.advance(600);
      }
    };
    silence(world, 1_000);
    await publish(1, 400);
    expect(peer.all('health').map(({ state }) => state)).toEqual(['stale']);
    world.backbone.sourceIs('a', { state: 'ok' });
    await world.settle();
    expect(peer.all('health').map(({ state }) => state)).toEqual(['stale', 'late']);
    expect(peer.last('health').lagMs).toBeGreaterThan(100);
    silence(world, 1_000);
    await publish(6, 0);
    world.backbone.sourceIs('a', { state: 'ok' });
    await world.settle();
    expect(peer.all('health').map(({ state }) => state)).toEqual(['stale', 'late', 'stale', 'ok']);
    expect(world.gateway.stats()).toMatchObject({ stale: 2, late: 1 });
  });

  it('says nothing of a topic that has ended', async () => {
    const world = new SourcedWorld();
    const slow = await world.subscriber('a', { highWaterBytes: 300 });
    slow.pause();
    await world.publishTurns(1, 20);
    world.backbone.endTopic('a', 'It was deleted.');
    silence(world, 1_000);
    slow.resume();
    await world.settle();
    expect(slow.types.at(-1)).toBe('unsubscribed');
    expect(slow.all('health')).toEqual([]);
  });
});
