import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import type { Peer } from './support/peer.ts';
import { World } from './support/world.ts';

const MEMBERS = 4;

type Step =
  | { readonly do: 'publish'; readonly count: number; readonly size: number }
  | { readonly do: 'subscribe' | 'unsubscribe' | 'pause' | 'resume'; readonly who: number }
  | { readonly do: 'settle' };

const who = fc.integer({ min: 0, max: MEMBERS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      count: fc.integer({ min: 1, max: 12 }),
      size: fc.integer({ min: 0, max: 120 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('subscribe', 'subscribe', 'unsubscribe', 'pause', 'resume'), who }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'settle' as const }) },
);

/** What one member was told of the topic, checked frame by frame against the log. */
function check(peer: Peer, log: readonly string[]): 'live' | 'out' {
  let last: number | undefined;
  let lagged = false;
  for (const frame of peer.frames) {
    if (frame.type === 'subscribed') {
      expect(last, 'one subscription at a time').toBeUndefined();
      expect(frame.messageId).toBe(log[frame.seqNo - 1]);
      last = frame.seqNo;
    } else if (frame.type === 'message') {
      expect(lagged, 'nothing between lagged and unsubscribed').toBe(false);
      expect(frame.prevSeqNo, 'I3, I4: each message follows the last one').toBe(last);
      expect(frame.messageId).toBe(log[frame.seqNo - 1]);
      last = frame.seqNo;
    } else if (frame.type === 'lagged') {
      expect(frame.fromSeqNo, 'D5: the loss begins after the last message').toBe(last);
      expect(frame.toSeqNo).toBeGreaterThan(frame.fromSeqNo);
      lagged = true;
    } else if (frame.type === 'unsubscribed') {
      expect(frame.reason).toBe(lagged ? 'lagged' : 'asked');
      last = undefined;
      lagged = false;
    }
  }
  expect(lagged, 'unsubscribed follows lagged').toBe(false);
  if (last === undefined) return 'out';
  expect(last, 'liveness: everyone who stays reaches the head').toBe(log.length);
  return 'live';
}

async function play(steps: readonly Step[], limits: Record<string, number>): Promise<void> {
  const world = new World({ limits });
  const peers: Peer[] = [];
  for (let at = 0; at < MEMBERS; at++) {
    const encoding = at % 2 === 0 ? 'json' : 'msgpack';
    peers.push(await world.ready({ encoding, highWaterBytes: at < 2 ? 200 : 1_000 }));
  }
  const log: string[] = [];
  for (const now of steps) {
    if (now.do === 'publish') {
      for (let at = 0; at < now.count; at++) {
        log.push(`m${log.length + 1}`);
        world.publish(`m${log.length}`, 'a', 'x'.repeat(now.size));
      }
    } else if (now.do === 'settle') {
      await world.settle();
    } else if (now.do === 'subscribe' || now.do === 'unsubscribe') {
      peers[now.who]?.[now.do]('a');
    } else {
      peers[now.who]?.[now.do]();
    }
  }
  for (const peer of peers) peer.resume();
  await world.settle();
  const live = peers.filter((peer) => check(peer, log) === 'live').length;
  expect(world.gateway.stats()).toMatchObject({
    subscriptions: live,
    subSockets: live > 0 ? 1 : 0,
    connections: MEMBERS,
  });
  expect(world.internalErrors).toEqual([]);

  for (const peer of peers) peer.leave();
  await world.settle();
  expect(world.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0, connections: 0 });
  expect(world.clock.timerCount).toBe(0);
}

describe('any interleaving of publish, join, leave, pause and resume (I3, I4)', () => {
  it('gives every member an unbroken chain from its position on, or tells it what is missing', async () => {
    const limits = { ringLengthMax: 16, batchBytesMax: 600 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => play(steps, limits)),
      { numRuns: runs(200) },
    );
  });

  it('does so when the ring is bounded by bytes, too', async () => {
    const limits = { ringBytesMax: 1_500, batchBytesMax: 300 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => play(steps, limits)),
      { numRuns: runs(150) },
    );
  });

  it('does so when a turn is longer than the ring', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) => play(steps, { ringLengthMax: 3 })),
      { numRuns: runs(100) },
    );
  });
});
