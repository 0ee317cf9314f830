import { describe, expect, it } from 'vitest';
import { World } from './support/world.ts';

const limits = { heartbeatMs: 1_000, pongTimeoutMs: 300 };

describe('heartbeat (§4.11, §5.12)', () => {
  it('after heartbeatMs of silence the gateway sends a ping with its time', async () => {
    const world = new World({ limits });
    const peer = await world.ready();
    await world.clock.advance(999);
    expect(peer.all('ping')).toEqual([]);
    await world.clock.advance(1);
    expect(peer.all('ping')).toEqual([{ type: 'ping', time: world.clock.now() }]);
  });

  it('a client that sends nothing for pongTimeoutMs after a ping is closed with 4103', async () => {
    const world = new World({ limits });
    const peer = await world.subscriber('a');
    await world.clock.advance(1_299);
    expect(peer.closeCode).toBeUndefined();
    await world.clock.advance(1);
    expect(peer.closeCode).toBe(4103);
    expect(world.gateway.stats()).toMatchObject({ connections: 0, subSockets: 0, subscriptions: 0 });
    expect(world.clock.timerCount).toBe(0);
  });

  it.each([
    ['pong', (time: number) => JSON.stringify({ type: 'pong', time })],
    ['a request', () => JSON.stringify({ type: 'unsubscribe', id: 1, topic: 'x' })],
    ['a frame that cannot be understood', () => '{'],
  ])('%s after a ping keeps the connection', async (_title, body) => {
    const world = new World({ limits });
    const peer = await world.ready();
    for (let round = 0; round < 5; round++) {
      await world.clock.advance(1_000);
      const pings = peer.all('ping').length;
      if (pings > 0) peer.sendBody(body(world.clock.now()));
      await world.clock.advance(299);
    }
    expect(peer.all('ping').length).toBeGreaterThan(2);
    expect(peer.closeCode).toBeUndefined();
  });

  it('a pong in the very millisecond of the ping counts', async () => {
    const world = new World({ limits });
    const peer = await world.ready();
    await world.clock.advance(1_000);
    peer.send({ type: 'pong', time: 0 });
    await world.settle();
    await world.clock.advance(300);
    expect(peer.closeCode).toBeUndefined();
  });

  it('a client that speaks is not pinged', async () => {
    const world = new World({ limits });
    const peer = await world.ready();
    for (let round = 0; round < 10; round++) {
      await world.clock.advance(700);
      peer.unsubscribe('x');
    }
    expect(peer.all('ping')).toEqual([]);
  });

  it('the next ping comes heartbeatMs after the last frame, also when that was a pong (§8)', async () => {
    const world = new World({ limits });
    const peer = await world.ready();
    await world.clock.advance(1_010);
    peer.send({ type: 'pong', time: 0 });
    await world.settle();
    await world.clock.advance(999);
    expect(peer.all('ping')).toHaveLength(1);
    await world.clock.advance(1);
    expect(peer.all('ping')).toHaveLength(2);
  });

  it('messages to the client are no sign of life from it', async () => {
    const world = new World({ limits });
    const peer = await world.subscriber('a');
    for (let at = 0; at < 13; at++) {
      world.publish(`m${at}`);
      await world.clock.advance(100);
    }
    expect(peer.closeCode).toBe(4103);
  });

  it('before setup there is none, only the deadline', async () => {
    const world = new World({ limits: { ...limits, setupDeadlineMs: 5_000 } });
    const peer = world.connect();
    await world.clock.advance(4_999);
    expect(peer.frames).toEqual([]);
    expect(peer.closeCode).toBeUndefined();
  });

  it('a closed connection leaves no timer behind', async () => {
    const world = new World({ limits });
    const peer = await world.ready();
    peer.leave();
    await world.settle();
    expect(world.clock.timerCount).toBe(0);
  });
});
