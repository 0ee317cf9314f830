/** Two clients at a real gateway whose connections are cut at any moment: nothing is lost, doubled or out of order. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { World } from '../../gateway/test/support/world.ts';
import { connected } from './support/connected.ts';
import { settled } from './support/settled.ts';
import { seqNos, taken } from './support/taken.ts';

type Step =
  | { readonly do: 'publish'; readonly count: number; readonly settles: boolean }
  | { readonly do: 'cut-publisher' }
  | { readonly do: 'cut-reader' }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      count: fc.integer({ min: 1, max: 9 }),
      settles: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'cut-publisher' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'cut-reader' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2_000 }) }) },
);

describe.each(['json', 'msgpack'] as const)('clients in %s whose connections are cut', (encoding) => {
  it('publish everything once and in order, and get everything once and in order (I2, I3, I4, I6)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, inFlightMax) => {
          const world = new World({ limits: { unacknowledgedPublishesMax: inFlightMax } });
          const publisher = await connected(world, { encoding, token: 'ann-token' });
          const reader = await connected(world, { encoding });
          // A topic that never had a message is forgotten with its last subscription (§5.2), and that is told as a gap.
          world.publish('m0');
          await world.settle();
          const { messages, losses, integrity, options } = taken({ checksum: true });
          await settled(world, reader.client.subscribe('a', options));
          const receipts: Promise<unknown>[] = [];
          for (const action of steps) {
            if (action.do === 'cut-publisher') publisher.cut();
            else if (action.do === 'cut-reader') reader.cut();
            else if (action.do === 'wait') await world.clock.advance(action.ms);
            else {
              for (let count = 0; count < action.count; count++) {
                const messageId = `m${receipts.length + 1}`;
                receipts.push(publisher.client.publish('a', { n: receipts.length }, { messageId }));
              }
              if (action.settles) await world.settle();
            }
          }
          await world.clock.advance(40_000);
          await settled(world, Promise.all(receipts));
          const ids = receipts.map((_, at) => `m${at + 1}`);
          const stored = await world.memory.read('a', { afterSeqNo: 1, limit: 1_000 });
          expect(stored.map(({ messageId }) => messageId)).toEqual(ids);
          expect(messages.map(({ messageId }) => messageId)).toEqual(ids);
          expect(seqNos(messages)).toEqual(stored.map(({ seqNo }) => seqNo));
          expect([losses, integrity]).toEqual([[], []]);
          await settled(world, Promise.all([publisher.client.close(), reader.client.close()]));
        },
      ),
      { numRuns: runs(40) },
    );
  });
});
