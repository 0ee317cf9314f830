/** I3 and I4: one order for all, and everything that was acknowledged. §3.2, §4.4, §5.5. */

import type { Encoding } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import type { VerifyPeer } from '../peer.ts';
import {
  lastOf,
  type Published,
  publishMany,
  sameMessages,
  settle,
  startPublishing,
  unbrokenChain,
} from '../traffic.ts';

const level = 'ordered';

const PUBLISHERS = 4;
const MESSAGES_EACH = 40;

export const orderChecks: readonly Check[] = [
  {
    id: 'one-order-for-all',
    level,
    title: 'gives all subscribers, in both encodings, the messages of racing publishers in one order',
    proves: ['I3', '§5.5'],
    async run(context) {
      const topic = context.topic();
      const readers = await readersOf(context, topic, 2);
      const published = await race(context, topic);
      const order = published.toSorted((a, b) => a.ack.seqNo - b.ack.seqNo);
      for (const { peer } of readers) sameMessages(await peer.untilMessages(topic, order.length), order);
    },
  },
  {
    id: 'chain',
    level,
    title: 'names in each message the one before it, from the position of subscribed on',
    proves: ['I3', '§2.2', '§5.5'],
    async run(context) {
      const topic = context.topic();
      const early = await context.connect();
      await publishMany(context, early, topic, 3);
      const readers = await readersOf(context, topic, 1);
      await race(context, topic);
      for (const { peer, seqNo } of readers) {
        unbrokenChain({ seqNo }, await peer.untilMessages(topic, PUBLISHERS * MESSAGES_EACH));
      }
    },
  },
  {
    id: 'publisher-order',
    level,
    title: 'stores the messages of a connection in the order in which it sent them, without waiting for acks',
    proves: ['I3', '§4.4'],
    async run(context) {
      const topic = context.topic();
      const peer = await context.connect();
      await peer.subscribe(topic);
      const published = await publishMany(context, peer, topic, 200);
      published.forEach(({ ack }, index) => {
        const before = published[index - 1]?.ack.seqNo ?? 0;
        must(`a seqNo above ${before}`, ack.seqNo > before, ack.seqNo);
      });
      sameMessages(await peer.untilMessages(topic, published.length), published);
    },
  },
  {
    id: 'acknowledged-reaches-all',
    level,
    title: 'brings every acknowledged message to every subscriber once, where the ack said that it stands',
    proves: ['I4', 'I2', '§4.4', '§5.4'],
    async run(context) {
      const topic = context.topic();
      const publisher = await context.connect();
      const readers = await readersOf(context, topic, 2);
      const published = await publishMany(context, publisher, topic, 150);
      for (const { peer } of readers) {
        await peer.untilMessages(topic, published.length);
        await settle(context, publisher, peer);
        sameMessages(peer.messages(topic), published);
      }
      same('the epochs', [...new Set(published.map(({ ack }) => ack.epoch))], [readers[0]?.epoch]);
    },
  },
  {
    id: 'subscribing-under-load',
    level,
    title: 'misses nothing between subscribed and the first message while others publish',
    proves: ['I3', 'I4', '§5.2'],
    async run(context) {
      const topic = context.topic();
      const publisher = await context.connect();
      const sending = startPublishing(context, publisher, topic, 300);
      const joined: { peer: VerifyPeer; seqNo: number }[] = [];
      for (let n = 0; n < 4; n++) {
        const peer = await context.connect();
        joined.push({ peer, seqNo: (await peer.subscribe(topic)).seqNo });
      }
      const published = await sending;
      for (const { peer, seqNo } of joined) {
        const expected = published.filter(({ ack }) => ack.seqNo > seqNo);
        const messages = await peer.untilMessages(topic, expected.length);
        sameMessages(messages, expected);
        unbrokenChain({ seqNo }, messages);
      }
    },
  },
  {
    id: 'lost-subscriber-leaves-others-alone',
    level,
    title: 'goes on for the others when a subscriber is lost',
    proves: ['I4', '§5.11'],
    async run(context) {
      const topic = context.topic();
      const publisher = await context.connect();
      const stays = await context.connect();
      const goes = await context.connect();
      await stays.subscribe(topic);
      await goes.subscribe(topic);
      const sending = startPublishing(context, publisher, topic, 100);
      await goes.untilMessages(topic, 1);
      goes.drop();
      const published = await sending;
      sameMessages(await stays.untilMessages(topic, published.length), published);
    },
  },
  {
    id: 'last',
    level,
    title: 'begins with the newest messages that were asked for, says live, and goes on without a hole',
    proves: ['§4.2', '§5.2', '§5.9', 'I3'],
    async run(context) {
      const topic = context.topic();
      const publisher = await context.connect();
      const reader = await context.connect();
      const past = await publishMany(context, publisher, topic, 10);
      const subscribed = await reader.subscribe(topic, { from: { last: 3 } });
      const [before] = past.slice(6, 7);
      const head = lastOf(past).ack.seqNo;
      same('seqNo and headSeqNo', [subscribed.seqNo, subscribed.headSeqNo], [before?.ack.seqNo, head]);
      same('messageId', subscribed.messageId ?? before?.messageId, before?.messageId);
      same('recovered', subscribed.recovered, 'none');
      const live = await reader.first('live', { topic });
      same('live', [live.id, live.seqNo], [undefined, head]);
      sameMessages(reader.messages(topic), past.slice(7));
      const next = await publishMany(context, publisher, topic, 3);
      const messages = await reader.untilMessages(topic, 6);
      sameMessages(messages, [...past.slice(7), ...next]);
      unbrokenChain(subscribed, messages);
    },
  },
  {
    id: 'last-of-fewer',
    level,
    title: 'begins with all that is there when more of the newest messages are asked for',
    proves: ['§4.2', '§5.9'],
    async run(context) {
      const topic = context.topic();
      const publisher = await context.connect();
      const reader = await context.connect();
      const empty = context.topic();
      const onEmpty = await reader.subscribe(empty, { from: { last: 5 } });
      same('the position in an empty topic', [onEmpty.seqNo, onEmpty.headSeqNo], [0, 0]);
      const past = await publishMany(context, publisher, topic, 4);
      const subscribed = await reader.subscribe(topic, { from: { last: 1_000 } });
      same('the position', subscribed.seqNo, 0);
      await reader.first('live', { topic });
      sameMessages(reader.messages(topic), past);
      unbrokenChain(subscribed, reader.messages(topic));
      await reader.barrier();
      same('live frames of the empty topic', reader.frames('live', { topic: empty }).length, 0);
    },
  },
];

interface Reader {
  readonly peer: VerifyPeer;
  readonly seqNo: number;
  readonly epoch: string;
}

/** Subscribers in each encoding of the run. */
async function readersOf(context: CheckContext, topic: string, each: number): Promise<Reader[]> {
  const encodings: Encoding[] = context.settings.encodings.flatMap((encoding) =>
    new Array<Encoding>(each).fill(encoding),
  );
  return Promise.all(
    encodings.map(async (encoding) => {
      const peer = await context.connect({ encoding });
      const { seqNo, epoch } = await peer.subscribe(topic);
      return { peer, seqNo, epoch };
    }),
  );
}

/** Several connections publish at once, each in its own order. */
async function race(context: CheckContext, topic: string): Promise<Published[]> {
  const publishers = await Promise.all(Array.from({ length: PUBLISHERS }, () => context.connect()));
  const lists = await Promise.all(
    publishers.map((peer, index) =>
      publishMany(context, peer, topic, MESSAGES_EACH, (n) => ({ payload: { from: index, n } })),
    ),
  );
  return lists.flat();
}
