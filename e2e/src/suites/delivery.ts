/** I4: what was acknowledged arrives, or its loss is told. */

import assert from 'node:assert/strict';
import type { Suite } from '../suite.ts';

export const delivery: Suite = {
  name: 'delivery',
  title: 'Delivery',
  tests: [
    {
      id: 'acknowledged-reaches-all',
      title: 'brings every acknowledged message to every subscriber that stays',
      proves: ['I4', '§4.4'],
      async run(world) {
        const topic = world.topic();
        const readers = await Promise.all(Array.from({ length: 5 }, () => world.connect()));
        for (const reader of readers) await reader.subscribe(topic);
        const publisher = await world.connect();
        const acks = await Promise.all(Array.from({ length: 200 }, (_, n) => publisher.publish(topic, `m-${n}`, n)));
        const acknowledged = acks.map(({ seqNo, messageId }) => `${seqNo} ${messageId}`);
        for (const reader of readers) {
          const messages = await reader.untilMessages(topic, 200);
          assert.deepEqual(
            messages.map(({ seqNo, messageId }) => `${seqNo} ${messageId}`),
            acknowledged,
          );
        }
        world.history.everythingCame();
      },
    },
    {
      id: 'durability-is-named',
      title: 'names the durability level at which it acknowledges',
      proves: ['I4', '§5.1'],
      async run(world) {
        const probe = await world.connect({ setup: false });
        const ready = await probe.setUp();
        assert.equal(ready.durability, 'memory');
        assert(ready.dedupWindowMs > 0 && ready.retention.messagesMax > 0);
      },
    },
    {
      id: 'unsubscribed-is-final',
      title: 'sends nothing of a topic after unsubscribed',
      proves: ['§4.3', '§9.3'],
      async run(world) {
        const topic = world.topic();
        const publisher = await world.connect();
        const reader = await world.connect();
        await reader.subscribe(topic);
        const published = Array.from({ length: 50 }, (_, n) => publisher.publish(topic, `m-${n}`, n));
        const answer = await reader.request({ type: 'unsubscribe', topic });
        assert(answer.type === 'unsubscribed' && answer.reason === 'asked', JSON.stringify(answer));
        await Promise.all(published);
        await reader.barrier();
        const end = reader.frames.indexOf(answer);
        assert(
          !reader.frames.slice(end).some((frame) => frame.type === 'message'),
          'a message came after unsubscribed',
        );
      },
    },
    {
      id: 'lost-subscriber-leaves-others-alone',
      title: 'goes on delivering to the others when a subscriber is cut off',
      proves: ['I4'],
      async run(world) {
        const topic = world.topic();
        const [lost, stays, publisher] = await Promise.all([world.connect(), world.connect(), world.connect()]);
        await lost.subscribe(topic);
        await stays.subscribe(topic);
        const first = Array.from({ length: 20 }, (_, n) => publisher.publish(topic, `a-${n}`, n));
        lost.cut();
        await Promise.all(first);
        await Promise.all(Array.from({ length: 20 }, (_, n) => publisher.publish(topic, `b-${n}`, n)));
        assert.equal((await stays.untilMessages(topic, 40)).length, 40);
      },
    },
    {
      id: 'payload-is-untouched',
      title: 'delivers payloads as they were published, also the unusual ones',
      proves: ['I7', '§3.3'],
      async run(world) {
        const topic = world.topic();
        const probe = await world.connect();
        await probe.subscribe(topic);
        const payloads: unknown[] = [
          null,
          '',
          0,
          -1.25e-7,
          Number.MAX_SAFE_INTEGER,
          false,
          [],
          {},
          { constructor: { '': 1 } },
        ];
        for (const [n, payload] of payloads.entries()) await probe.publish(topic, `m-${n}`, payload);
        const messages = await probe.untilMessages(topic, payloads.length);
        assert.deepEqual(
          messages.map(({ data }) => data),
          payloads,
        );
      },
    },
  ],
};
