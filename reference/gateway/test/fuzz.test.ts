import { type ClientFrame, codecFor, ENCODINGS, type Encoding, type FrameBody } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import type { Peer } from './support/peer.ts';
import { World } from './support/world.ts';

/** One of each frame that a client may send, as a client would send it. */
const CORPUS: readonly ClientFrame[] = [
  { type: 'setup', protocol: 1, token: 'ann-token', topics: ['a'] },
  { type: 'subscribe', id: 1, topic: 'a' },
  { type: 'subscribe', id: 2, topic: 'b', mode: 'keyed', from: 'snapshot', maxRateHz: 5 },
  { type: 'subscribe', id: 3, topic: 'c', from: { last: 10 }, confirmWindow: 4, checksum: true },
  { type: 'subscribe', id: 4, topic: 'd', from: { epoch: 'e', seqNo: 4, messageId: 'm' }, onGap: 'snapshot' },
  { type: 'unsubscribe', id: 5, topic: 'a' },
  { type: 'publish', id: 6, topic: 'a', messageId: 'm1', payload: { deep: [1, 'x', null, { y: true }] }, key: 'k' },
  { type: 'publish', id: 7, topic: 'b', messageId: 'm2', payload: null, ref: 'm1', ttlMs: 100, expectSeqNo: 3 },
  { type: 'confirm', topic: 'c', seqNo: 3 },
  { type: 'replay', id: 8, topic: 'a', fromSeqNo: 0, toSeqNo: 9 },
  { type: 'resume', id: 9, sessionId: 's', resumeKey: 'k', subscriptions: [{ topic: 'a', from: 'live' }] },
  { type: 'presence', id: 10, topic: 'a', action: 'enter', data: { mood: 1 } },
  { type: 'presence', id: 11, topic: 'a', action: 'leave' },
  { type: 'refresh', id: 12, token: 'ann-token' },
  { type: 'modify', id: 13, topic: 'b', maxRateHz: 1 },
  { type: 'pong', time: 1 },
];

const BATCH = 100;

type Below = (bound: number) => number;

/** Changes, inserts, removes, repeats or cuts some bytes. */
function mutated(bytes: Uint8Array, below: Below): Uint8Array {
  const out = [...bytes];
  for (let change = below(4); change >= 0; change--) {
    const at = below(out.length + 1);
    const kinds = [
      () => out.splice(at, 1, below(256)),
      () => out.splice(at, 0, below(256)),
      () => out.splice(at, 1 + below(4)),
      () => out.splice(at, 0, ...out.slice(at, at + below(16))),
      () => out.splice(at),
    ];
    kinds[below(kinds.length)]?.();
  }
  return Uint8Array.from(out);
}

/** Most are frames with something wrong, some are frames as they should be, and some are noise. */
function hostileBody(encoding: Encoding, below: Below): FrameBody {
  const kind = below(10);
  const frame = CORPUS[below(CORPUS.length)] as ClientFrame;
  const body = codecFor(encoding).encode(frame);
  if (kind < 3) return body;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const noise = Uint8Array.from({ length: below(64) }, () => below(256));
  const out = kind === 9 ? noise : mutated(bytes, below);
  // There are no empty bodies: a length of zero is a close record, and the transports see to it.
  if (out.length === 0) return body;
  // A text message that is not UTF-8 never gets here: its transport has refused it.
  return encoding === 'json' ? new TextDecoder().decode(out) : out;
}

describe.each(ENCODINGS)('hostile frames in %s (I1, §6)', (encoding) => {
  it.each([1, 2])(
    'do no harm: every one is answered or its connection closed, and nothing is left, seed %d',
    async (seed) => {
      const random = seededRandom(seed);
      const below = (bound: number) => random.uint32() % bound;
      const world = new World({ limits: { badFramesMax: 50, topicsMax: 300, dedupEntriesMax: 5_000 } });
      const witness = await world.subscriber('witness');
      let peer: Peer = await world.ready({ encoding });
      const total = runs(5_000);
      for (let sent = 0; sent < total; sent += BATCH) {
        for (let at = 0; at < BATCH; at++) peer.sendBody(hostileBody(encoding, below));
        await world.settle();
        if (peer.closeCode !== undefined || below(5) === 0) {
          peer.leave();
          peer = await (below(3) === 0 ? world.connect({ encoding }) : world.ready({ encoding }));
        }
        peer.frames.length = 0;
        if (below(10) === 0) await world.clock.advance(below(3_000));
        witness.send({ type: 'pong', time: 0 });
      }
      world.publish('still-alive', 'witness');
      await world.settle();
      expect(witness.messageIds).toEqual(['still-alive']);
      expect(world.internalErrors).toEqual([]);

      peer.leave();
      witness.leave();
      await world.clock.advance(20_000);
      expect(world.gateway.stats()).toMatchObject({ connections: 0, subscriptions: 0, subSockets: 0, presences: 0 });
      expect(world.clock.timerCount).toBe(0);
    },
  );
});
