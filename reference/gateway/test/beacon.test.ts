import type { EntryListener, MemoryBackbone } from '@micro-socket/backbone';
import { messageChecksum } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import type { FrameNamed } from './support/peer.ts';
import { World } from './support/world.ts';

const sumOf = (messages: readonly FrameNamed<'message'>[]) =>
  messages.reduce((sum, message) => (sum + messageChecksum(message as never)) >>> 0, 0);

describe('head (§5.7)', () => {
  it('tells where the topic stands when it has been quiet for headIntervalMs, and then ever more rarely', async () => {
    const world = new World({ limits: { headIntervalMs: 5_000 } });
    const peer = await world.subscriber('a');
    const msgpack = await world.subscriber('a', { encoding: 'msgpack' });
    await world.publishTurns(1, 2);
    await world.clock.advance(4_000);
    expect(peer.all('head')).toEqual([]);
    await world.clock.advance(2_000);
    const { epoch } = peer.last('subscribed');
    expect(peer.all('head')).toEqual([{ type: 'head', topic: 'a', epoch, seqNo: 2 }]);
    expect(msgpack.last('head')).toEqual({ type: 'head', alias: 1, epoch, seqNo: 2 });
    // The heartbeat would end a peer that answers no ping, so this one speaks.
    for (let at = 0; at < 60; at++) {
      await world.clock.advance(5_000);
      peer.send({ type: 'pong', time: 0 });
      msgpack.send({ type: 'pong', time: 0 });
      await world.settle();
    }
    expect(peer.all('head').length).toBeGreaterThanOrEqual(5);
    expect(peer.all('head').length).toBeLessThanOrEqual(8);
  });

  it('starts anew with each message, and never comes before one that it covers', async () => {
    const world = new World({ limits: { headIntervalMs: 2_000 } });
    const peer = await world.subscriber('a');
    for (let at = 1; at <= 10; at++) {
      world.publish(`m${at}`);
      await world.clock.advance(1_500);
    }
    expect(peer.all('head')).toEqual([]);
    await world.clock.advance(3_000);
    world.publish('m11');
    await world.clock.advance(4_000);
    expect(peer.types.slice(-4)).toEqual(['message', 'head', 'message', 'head']);
    expect(peer.all('head').map(({ seqNo }) => seqNo)).toEqual([10, 11]);
  });

  it('reaches one that confirms, once it has been sent everything', async () => {
    const world = new World({ limits: { headIntervalMs: 1_000 } });
    const peer = await world.subscriber('a', {}, { confirmWindow: 2, checksum: true });
    await world.publishTurns(1, 3);
    await world.clock.advance(2_500);
    expect(peer.all('head')).toEqual([]);
    peer.send({ type: 'confirm', topic: 'a', seqNo: 2 });
    await world.clock.advance(5_000);
    expect(peer.types.indexOf('head')).toBeGreaterThan(peer.types.lastIndexOf('message'));
    const { checksum = 0 } = peer.last('subscribed');
    expect(peer.last('head')).toMatchObject({ seqNo: 3, checksum: (checksum + sumOf(peer.all('message'))) >>> 0 });
  });

  it('leaves no timer behind', async () => {
    const world = new World();
    const peers = [await world.subscriber('a'), await world.subscriber('b')];
    world.publish('m1');
    await world.clock.advance(12_000);
    for (const peer of peers) peer.leave();
    await world.settle();
    expect(world.clock.timerCount).toBe(0);
    expect(world.gateway.stats()).toMatchObject({ subSockets: 0, connections: 0 });
  });
});

describe('the checksum (§5.7, I7)', () => {
  it('grows from subscribed to head, and from head to head, by what the messages between add', async () => {
    const world = new World({ limits: { headIntervalMs: 1_000 } });
    const first = await world.subscriber('a', {}, { checksum: true });
    await world.publishTurns(1, 5);
    const second = await world.subscriber('a', { encoding: 'msgpack' }, { checksum: true });
    world.publish('keyed', 'a', { deep: [1, 'x', null] }, { key: 'k', ref: 'm1' });
    await world.clock.advance(3_000);
    await world.publishTurns(6, 9);
    await world.clock.advance(3_000);
    for (const peer of [first, second]) {
      const [one, two] = peer.all('head').filter(({ seqNo }, at, all) => seqNo !== all[at - 1]?.seqNo);
      const { headSeqNo, checksum = 0 } = peer.last('subscribed');
      const between = (from: number, to: number) =>
        sumOf(peer.all('message').filter(({ seqNo }) => seqNo > from && seqNo <= to));
      expect((checksum + between(headSeqNo, one?.seqNo as number)) >>> 0).toBe(one?.checksum);
      const grown = ((one?.checksum as number) + between(one?.seqNo as number, two?.seqNo as number)) >>> 0;
      expect(grown).toBe(two?.checksum);
    }
  });

  it('of a replay stands in live: of what was sent for it', async () => {
    const world = new World({ limits: { ringLengthMax: 2 } });
    await world.publishTurns(1, 9);
    const peer = await world.subscriber('a', {}, { checksum: true, from: { last: 5 } });
    expect(peer.last('live').checksum).toBe(sumOf(peer.all('message')));
    const id = peer.request({ type: 'replay', topic: 'a', fromSeqNo: 2, toSeqNo: 7 });
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ checksum: sumOf(peer.all('message').slice(5)) });
  });

  it('is not there, and costs nothing, while nobody asked for it', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    world.publish('m1');
    await world.clock.advance(8_000);
    expect(peer.last('subscribed')).not.toHaveProperty('checksum');
    expect(peer.last('head')).not.toHaveProperty('checksum');
  });
});

describe('health (§5.8, I5)', () => {
  /** A world whose backbone tells its listeners `delay.ms` after it has stored a message. */
  function delayed() {
    const delay = { ms: 0 };
    const around = (memory: MemoryBackbone, { clock }: { clock: World['clock'] }) =>
      new Proxy(memory, {
        get(target, name) {
          if (name !== 'subscribe') {
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          }
          let heardAt = 0;
          return (topic: string, listener: EntryListener) =>
            target.subscribe(topic, (entry) => {
              // None overtakes another, whatever happens to the delay.
              heardAt = Math.max(heardAt, clock.now() + delay.ms);
              if (heardAt === clock.now()) listener(entry);
              else clock.after(heardAt - clock.now(), () => listener(entry));
            });
        },
      });
    const limits = { latencyObjectiveMs: 100, headIntervalMs: 60_000 };
    const world = new World({ limits, around: around as never });
    return { world, delay };
  }

  it('announces a breach within 2 s, and that it is over, to every subscriber; both are counted', async () => {
    const { world, delay } = delayed();
    const peer = await world.subscriber('a');
    const msgpack = await world.subscriber('a', { encoding: 'msgpack' });
    let sent = 0;
    const publishFor = async (seconds: number) => {
      for (let step = 0; step < seconds * 10; step++) {
        world.publish(`m${++sent}`);
        await world.clock.advance(100);
      }
    };
    await publishFor(3);
    expect(peer.all('health')).toEqual([]);
    delay.ms = 400;
    const breachedAt = world.clock.now() + 400;
    for (let step = 0; peer.all('health').length === 0 && step < 100; step++) {
      world.publish(`m${++sent}`);
      await world.clock.advance(100);
    }
    expect(world.clock.now() - breachedAt).toBeLessThanOrEqual(2_000);
    expect(peer.last('health')).toMatchObject({ type: 'health', topic: 'a', state: 'late' });
    expect(peer.last('health').lagMs).toBeGreaterThan(380);
    expect(msgpack.last('health')).toMatchObject({ alias: 1, state: 'late' });
    delay.ms = 0;
    await publishFor(4);
    expect(peer.all('health').map(({ state }) => state)).toEqual(['late', 'ok']);
    const { late, latency } = world.gateway.stats();
    expect(late).toBe(1);
    expect(latency.max).toBeGreaterThan(380);
    expect(latency.count).toBe(sent);
    expect(world.gateway.topicStats(5)).toMatchObject([{ topic: 'a', subscribers: 2, headSeqNo: sent }]);
  });
});
