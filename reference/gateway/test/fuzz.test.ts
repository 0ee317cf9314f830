import { ENCODINGS } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { hostileBody } from './support/hostile.ts';
import type { Peer } from './support/peer.ts';
import { World } from './support/world.ts';

const BATCH = 100;

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
