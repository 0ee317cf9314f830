/** I2: one messageId, one message. */

import assert from 'node:assert/strict';
import type { Suite } from '../suite.ts';

export const dedup: Suite = {
  name: 'dedup',
  title: 'Deduplication',
  tests: [
    {
      id: 'repeat-is-answered-with-first-position',
      title: 'stores a repeated publish once and answers it with the first position',
      proves: ['I2', '§4.4', '§5.4'],
      async run(world) {
        const topic = world.topic();
        const probe = await world.connect();
        await probe.subscribe(topic);
        const first = await probe.publish(topic, 'm-1', { n: 1 });
        const second = await probe.publish(topic, 'm-1', { n: 1 });
        assert.deepEqual([first.status, second.status], ['ok', 'duplicate']);
        assert.deepEqual([second.epoch, second.seqNo], [first.epoch, first.seqNo]);
        await probe.publish(topic, 'm-2', { n: 2 });
        const messages = await probe.untilMessages(topic, 2);
        assert.deepEqual(
          messages.map(({ messageId }) => messageId),
          ['m-1', 'm-2'],
        );
      },
    },
    {
      id: 'repeat-on-another-connection',
      title: 'recognises a retry that comes on another connection after the first was lost',
      proves: ['I2', '§9.1'],
      async run(world) {
        const topic = world.topic();
        const reader = await world.connect();
        await reader.subscribe(topic);
        const first = await world.connect({ token: 'alice-token' });
        const ack = await first.publish(topic, 'm-1', 'once');
        first.cut();
        const second = await world.connect({ token: 'alice-token' });
        const again = await second.publish(topic, 'm-1', 'once');
        assert.deepEqual([again.status, again.seqNo], ['duplicate', ack.seqNo]);
        await reader.barrier();
        assert.equal(reader.messages(topic).length, 1);
      },
    },
    {
      id: 'conflict',
      title: 'refuses the same messageId with another payload, and keeps the first',
      proves: ['I2', '§4.4'],
      async run(world) {
        const topic = world.topic();
        const probe = await world.connect();
        await probe.subscribe(topic);
        await probe.publish(topic, 'm-1', { n: 1 });
        const answer = await probe.request({ type: 'publish', topic, messageId: 'm-1', payload: { n: 2 } });
        assert(answer.type === 'error', `the answer was ${answer.type}`);
        assert.equal(answer.code, 'MESSAGE_ID_CONFLICT');
        const [message] = await probe.untilMessages(topic, 1);
        assert.deepEqual(message?.data, { n: 1 });
      },
    },
    {
      id: 'same-id-of-another-user',
      title: 'keeps the messageIds of two users apart',
      proves: ['I2'],
      async run(world) {
        const topic = world.topic();
        const alice = await world.connect({ token: 'alice-token' });
        const bob = await world.connect({ token: 'bob-token' });
        const first = await alice.publish(topic, 'm-1', 'from alice');
        const second = await bob.publish(topic, 'm-1', 'from bob');
        assert.deepEqual([first.status, second.status], ['ok', 'ok']);
        assert.notEqual(first.seqNo, second.seqNo);
      },
    },
    {
      id: 'concurrent-repeats',
      title: 'stores one message when the same publish races on ten connections',
      proves: ['I2'],
      async run(world) {
        const topic = world.topic();
        const probes = await Promise.all(Array.from({ length: 10 }, () => world.connect({ token: 'alice-token' })));
        const acks = await Promise.all(probes.map((probe) => probe.publish(topic, 'm-1', 'race')));
        assert.equal(acks.filter(({ status }) => status === 'ok').length, 1);
        assert.equal(new Set(acks.map(({ seqNo }) => seqNo)).size, 1);
      },
    },
    {
      id: 'refused-publish-is-not-remembered',
      title: 'does not remember the messageId of a publish that it refused',
      proves: ['I2', 'I4'],
      async run(world) {
        const gateway = await world.gateway({ limits: { topicsMax: 1 } });
        const [full, open] = [world.topic(), world.topic()];
        const probe = await world.connect({ to: gateway });
        await probe.subscribe(open); // takes the only topic
        const refused = await probe.request({ type: 'publish', topic: full, messageId: 'm-1', payload: 1 });
        assert(refused.type === 'error' && refused.code === 'OVERLOADED', JSON.stringify(refused));
        assert.equal(refused.retry, true);
        const again = await probe.request({ type: 'publish', topic: full, messageId: 'm-1', payload: 2 });
        assert(again.type === 'error' && again.code === 'OVERLOADED', 'it was taken for a conflict or a duplicate');
      },
    },
  ],
};
