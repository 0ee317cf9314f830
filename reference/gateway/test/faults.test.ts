import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import type { Peer } from './support/peer.ts';
import { World } from './support/world.ts';

const MESSAGES = 12;

/** Cuts the connection when it has brought `count` frames. */
function cutAfter(peer: Peer, count: number): void {
  const take = peer.onFrame.bind(peer);
  peer.onFrame = (body) => {
    if (peer.frames.length >= count) return;
    take(body);
    if (peer.frames.length === count) peer.leave(1006);
  };
}

describe('a resume that is cut (I6)', () => {
  it.each([
    ['from the ring', {}],
    ['from the history', { ringLengthMax: 3 }],
  ])(
    'at every frame boundary, and resumed again, brings each message once and in order, %s',
    async (_where, limits) => {
      // ready, subscribed, the messages, live.
      for (let boundary = 0; boundary <= MESSAGES + 3; boundary++) {
        const world = new World({ limits });
        const first = await world.subscriber('a', { token: 'ann-token' });
        const { sessionId, resumeKey } = first.last('ready');
        const { epoch } = first.last('subscribed');
        first.leave(1006);
        await world.publishTurns(1, MESSAGES);

        const resume = (seqNo: number) => {
          const position = seqNo === 0 ? { epoch, seqNo } : { epoch, seqNo, messageId: `m${seqNo}` };
          return { sessionId, resumeKey, subscriptions: [{ topic: 'a', from: position }] };
        };
        const cut = world.connect({ encoding: 'msgpack' });
        cutAfter(cut, boundary);
        cut.send({ type: 'setup', protocol: 1, token: 'ann-token', resume: resume(0) });
        await world.settle();
        const got = cut.messageIds;
        if (boundary === 0) cut.leave(1006);
        const again = await world.ready({ token: 'ann-token', resume: resume(got.length) });
        await world.publishTurns(MESSAGES + 1, MESSAGES + 2);
        expect(again.last('subscribed').recovered).toBe('full');
        expect([...got, ...again.messageIds]).toEqual(Array.from({ length: MESSAGES + 2 }, (_, at) => `m${at + 1}`));
        expect(world.gateway.stats()).toMatchObject({ connections: 1, subscriptions: 1 });
      }
    },
  );
});

describe('clients that ask for much and leave (§8)', () => {
  it('connections that never send setup are closed with 4003, and leave nothing', async () => {
    const world = new World();
    const silent = Array.from({ length: runs(2_000) > 2_000 ? 20_000 : 2_000 }, () => world.connect());
    const served = await world.subscriber('a');
    world.publish('m1');
    await world.settle();
    expect(served.messageIds).toEqual(['m1']);
    await world.clock.advance(10_000);
    expect(silent.every(({ closeCode }) => closeCode === 4003)).toBe(true);
    expect(world.gateway.stats().connections).toBe(1);
    served.leave();
    await world.settle();
    expect(world.clock.timerCount).toBe(0);
  });

  it('one that subscribes to the limit, in every mode, is present everywhere, and leaves: every map is empty again', async () => {
    const world = new World();
    const peer = await world.ready({ token: 'ann-token', highWaterBytes: 10_000_000 });
    const modes = ['stream', 'latest', 'keyed', 'volatile'] as const;
    for (let at = 0; at <= 1_000; at++) {
      const mode = modes[at % 4] as (typeof modes)[number];
      const rate = mode === 'latest' || mode === 'keyed' ? { maxRateHz: 1 } : {};
      peer.subscribe(`t.${at}`, { mode, ...rate, checksum: true });
    }
    for (let at = 0; at <= 128; at++) peer.request({ type: 'presence', topic: `t.${at}`, action: 'enter' });
    await world.settle();
    expect(peer.all('error').map(({ code }) => code)).toEqual(['TOPIC_LIMIT', 'PRESENCE_LIMIT']);
    for (let at = 0; at < 1_000; at++) world.publish(`m${at}`, `t.${at}`, at, { key: 'k' });
    await world.clock.advance(3_000);
    expect(peer.all('message')).toHaveLength(1_000);
    for (let at = 0; at < 1_000; at += 10) peer.request({ type: 'replay', topic: `t.${at}`, fromSeqNo: 0 });
    peer.leave(1006);
    await world.clock.advance(30_000);
    expect(world.gateway.stats()).toMatchObject({ connections: 0, subscriptions: 0, subSockets: 0, presences: 0 });
    expect(world.clock.timerCount).toBe(0);
    expect(world.internalErrors).toEqual([]);
  });
});

describe('a clock that jumps', () => {
  it.each([
    ['ahead by a day', 86_400_000],
    ['back by a day', -86_400_000],
  ])('%s leaves live subscriptions and order as they are', async (_what, jumpMs) => {
    const world = new World({ limits: { headIntervalMs: 2_000 } });
    const peer = await world.subscriber('a', {}, { mode: 'stream' });
    const paced = await world.subscriber('a', {}, { mode: 'latest', maxRateHz: 1 });
    await world.publishTurns(1, 3);
    const now = world.clock.now.bind(world.clock);
    world.clock.now = () => now() + jumpMs;
    await world.publishTurns(4, 6);
    for (let at = 0; at < 5; at++) {
      await world.clock.advance(1_000);
      for (const client of [peer, paced]) client.send({ type: 'pong', time: 0 });
      await world.settle();
    }
    expect(peer.messageIds).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    expect(paced.messageIds.at(-1)).toBe('m6');
    expect([peer.closeCode, paced.closeCode]).toEqual([undefined, undefined]);
  });
});
