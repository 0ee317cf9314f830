/** I3: everybody sees one order. */

import assert from 'node:assert/strict';
import type { FrameOf } from '../probe.ts';
import type { Suite } from '../suite.ts';

export const order: Suite = {
  name: 'order',
  title: 'Order',
  tests: [
    {
      id: 'one-order-for-all',
      title: 'gives all subscribers the messages of racing publishers in one order, without a hole',
      proves: ['I3', '§5.5'],
      async run(world) {
        const topic = world.topic();
        const readers = await Promise.all(Array.from({ length: 3 }, () => world.connect()));
        for (const reader of readers) await reader.subscribe(topic);
        const publishers = await Promise.all(Array.from({ length: 4 }, () => world.connect()));
        await Promise.all(
          publishers.flatMap((publisher, p) =>
            Array.from({ length: 50 }, (_, n) => publisher.publish(topic, `p${p}-${n}`, { p, n })),
          ),
        );
        const orders = await Promise.all(readers.map((reader) => reader.untilMessages(topic, 200)));
        for (const messages of orders) {
          assertUnbroken(0, messages);
          assert.deepEqual(ids(messages), ids(orders[0] as FrameOf<'message'>[]));
        }
        world.history.everythingCame();
      },
    },
    {
      id: 'publisher-order',
      title: 'keeps the order in which one publisher sent, without waiting for acks',
      proves: ['I3', '§4.4'],
      async run(world) {
        const topic = world.topic();
        const probe = await world.connect();
        await probe.subscribe(topic);
        const acks = await Promise.all(Array.from({ length: 200 }, (_, n) => probe.publish(topic, `m-${n}`, n)));
        const messages = await probe.untilMessages(topic, 200);
        assert.deepEqual(
          messages.map(({ data }) => data),
          Array.from({ length: 200 }, (_, n) => n),
        );
        assert.deepEqual(
          acks.map(({ seqNo }) => seqNo),
          messages.map(({ seqNo }) => seqNo),
        );
        world.history.everythingCame();
      },
    },
    {
      id: 'starts-at-head',
      title: 'starts a late subscriber at the head that subscribed named',
      proves: ['I3', '§5.2'],
      async run(world) {
        const topic = world.topic();
        const publisher = await world.connect();
        for (let n = 0; n < 5; n++) await publisher.publish(topic, `m-${n}`, n);
        const late = await world.connect();
        const subscribed = await late.subscribe(topic);
        assert.deepEqual([subscribed.seqNo, subscribed.messageId], [5, 'm-4']);
        await publisher.publish(topic, 'm-5', 5);
        const [first] = await late.untilMessages(topic, 1);
        assert.deepEqual([first?.prevSeqNo, first?.messageId], [subscribed.seqNo, 'm-5']);
      },
    },
    {
      id: 'subscribing-under-load',
      title: 'misses nothing between subscribed and the first message while others publish',
      proves: ['I3', 'I4', '§5.2'],
      async run(world) {
        const topic = world.topic();
        const publisher = await world.connect();
        const published = Array.from({ length: 200 }, (_, n) => publisher.publish(topic, `m-${n}`, n));
        const late = await world.connect();
        const subscribed = await late.subscribe(topic);
        await Promise.all(published);
        const last = await publisher.publish(topic, 'last', 'last');
        const messages = await late.untilMessages(topic, last.seqNo - subscribed.seqNo);
        assertUnbroken(subscribed.seqNo, messages);
      },
    },
    {
      id: 'requests-in-order',
      title: 'lets the requests of one connection take effect in the order in which it sent them',
      proves: ['I3', '§4'],
      async run(world) {
        const topic = world.topic();
        const probe = await world.connect();
        const answers = await Promise.all([
          probe.request({ type: 'subscribe', topic }),
          probe.request({ type: 'unsubscribe', topic }),
          probe.request({ type: 'subscribe', topic }),
          probe.request({ type: 'publish', topic, messageId: 'm-1', payload: 'own' }),
        ]);
        assert.deepEqual(
          answers.map(({ type }) => type),
          ['subscribed', 'unsubscribed', 'subscribed', 'ack'],
        );
        const [own] = await probe.untilMessages(topic, 1);
        assert.equal(own?.data, 'own');
      },
    },
    {
      id: 'both-encodings-agree',
      title: 'gives JSON and MessagePack subscribers of one topic the same messages',
      proves: ['I3', 'I7', '§3.2'],
      encodings: ['json'],
      async run(world) {
        const topic = world.topic();
        const json = await world.connect({ encoding: 'json' });
        const msgpack = await world.connect({ encoding: 'msgpack' });
        await json.subscribe(topic);
        await msgpack.subscribe(topic);
        const payload = { text: 'çığ ñ 🙂', list: [0, -1, 1.5, 2 ** 40, null, true], deep: { empty: {} } };
        await json.publish(topic, 'm-1', payload);
        await msgpack.publish(topic, 'm-2', payload);
        const strip = (messages: FrameOf<'message'>[]) => messages.map(({ alias: _alias, ...rest }) => rest);
        const fromJson = strip(await json.untilMessages(topic, 2));
        assert.deepEqual(strip(await msgpack.untilMessages(topic, 2)), fromJson);
        for (const { data } of fromJson) assert.deepEqual(data, payload);
      },
    },
  ],
};

function assertUnbroken(from: number, messages: readonly FrameOf<'message'>[]): void {
  let last = from;
  for (const { seqNo, prevSeqNo } of messages) {
    assert.equal(prevSeqNo, last, `message ${seqNo} follows ${prevSeqNo}, but the one before it was ${last}`);
    assert(seqNo > prevSeqNo);
    last = seqNo;
  }
}

function ids(messages: readonly FrameOf<'message'>[]): string[] {
  return messages.map(({ messageId }) => messageId);
}
