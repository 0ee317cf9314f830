import { describe, expect, it } from 'vitest';
import { World } from './support/world.ts';

describe('drain (§5.13, §9.4)', () => {
  it('says goodbye with a reconnect window to everyone who is set up, then closes with 4200', async () => {
    const world = new World();
    const peers = [await world.subscriber('a'), await world.ready({ encoding: 'msgpack' })];
    world.gateway.drain('Maintenance.');
    await world.settle();
    for (const peer of peers) {
      expect(peer.frames.at(-1)).toEqual({
        type: 'goodbye',
        code: 4200,
        reason: 'Maintenance.',
        reconnectMinMs: 0,
        reconnectMaxMs: 5_000,
      });
      expect(peer.closes).toEqual([{ code: 4200, reason: 'Maintenance.' }]);
    }
    expect(world.gateway.stats()).toMatchObject({ connections: 0, subSockets: 0, subscriptions: 0 });
    expect(world.clock.timerCount).toBe(0);
  });

  it('closes a connection without setup with 4200, without a goodbye', async () => {
    const world = new World();
    const peer = world.connect();
    world.gateway.drain('x');
    await world.settle();
    expect(peer.frames).toEqual([]);
    expect(peer.closeCode).toBe(4200);
  });

  it('takes no more connections', async () => {
    const world = new World();
    world.gateway.drain('x');
    const peer = await world.ready();
    expect(peer.frames).toEqual([]);
    expect(peer.closeCode).toBe(4200);
    expect(world.gateway.stats().connections).toBe(0);
  });

  it('does not wait for one that does not read', async () => {
    const world = new World();
    const peer = await world.subscriber('a', { highWaterBytes: 100 });
    peer.pause();
    for (let at = 0; at < 50; at++) world.publish(`m${at}`);
    await world.settle();
    world.gateway.drain('x');
    await world.settle();
    expect(peer.closeCode).toBe(4200);
    expect(world.gateway.stats().connections).toBe(0);
  });

  it('serves nothing that comes after the goodbye', async () => {
    const world = new World();
    const peer = await world.ready();
    world.gateway.drain('x');
    peer.publish('a', 'm1');
    await world.settle();
    expect(await world.memory.read('a', { afterSeqNo: 0, limit: 1 })).toEqual([]);
    expect(peer.types).toEqual(['ready', 'goodbye']);
  });
});

describe('what a gateway holds', () => {
  it('is nothing after everyone has left, whatever they did', async () => {
    const world = new World();
    const peers = [];
    for (let at = 0; at < 10; at++) {
      const peer = await world.ready({ encoding: at % 2 === 0 ? 'json' : 'msgpack', topics: ['a', 'b', `own.${at}`] });
      peer.subscribe('c');
      peer.unsubscribe('b');
      peer.publish('a', `m${at}`);
      peers.push(peer);
    }
    await world.settle();
    expect(world.gateway.stats()).toMatchObject({ connections: 10, subSockets: 12, subscriptions: 30, published: 10 });
    for (const peer of peers) peer.leave();
    await world.settle();
    expect(world.gateway.stats()).toMatchObject({ connections: 0, subSockets: 0, subscriptions: 0 });
    expect(world.clock.timerCount).toBe(0);
  });

  it('a lost link ends it as a close does', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    peer.leave(1006);
    await world.settle();
    expect(world.gateway.stats()).toMatchObject({ connections: 0, subSockets: 0, subscriptions: 0 });
  });
});
