/** The state of a topic: §4.2, §4.4, §5.6. */

import type { SubscribedFrame } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import type { VerifyPeer } from '../peer.ts';
import {
  publishMany,
  type SnapshotEntry,
  sameMessages,
  snapshotOf,
  startPublishing,
  unbrokenChain,
} from '../traffic.ts';

const level = 'ordered';

export const snapshotChecks: readonly Check[] = [
  {
    id: 'snapshot',
    level,
    title: 'sends the newest message of each key, oldest first and without removed keys, and then what is new',
    proves: ['§4.2', '§4.4', '§5.6'],
    async run(context) {
      const publisher = await context.connect();
      const topic = context.topic();
      const expected = await writeState(context, publisher, topic);
      const readers: { peer: VerifyPeer; at: SubscribedFrame }[] = [];
      for (const mode of ['stream', 'keyed'] as const) {
        const peer = await context.connect();
        const at = await peer.subscribe(topic, { from: 'snapshot', mode });
        const entries = await snapshotOf(peer, topic, at);
        same(`the entries in mode ${mode}`, entries.map(essence), expected);
        must('entries without prevSeqNo', !entries.some((entry) => 'prevSeqNo' in entry), entries);
        readers.push({ peer, at });
      }
      const next = await publishMany(context, publisher, topic, 1);
      for (const { peer, at } of readers) {
        const messages = await peer.untilMessages(topic, 1);
        sameMessages(messages, next);
        unbrokenChain(at, messages);
      }
    },
  },
  {
    id: 'snapshot-of-latest',
    level,
    title: 'sends a latest subscription the newest message only',
    proves: ['§4.2', '§5.6'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const expected = await writeState(context, peer, topic);
      const at = await peer.subscribe(topic, { from: 'snapshot', mode: 'latest' });
      const entries = await snapshotOf(peer, topic, at);
      same('the entries', entries.map(essence), expected.slice(-1));
    },
  },
  {
    id: 'snapshot-of-nothing',
    level,
    title: 'sends one part without entries when the topic has no state',
    proves: ['§5.6'],
    async run(context) {
      const peer = await context.connect();
      for (const isEmptied of [false, true]) {
        const topic = context.topic();
        if (isEmptied) {
          await peer.publish(topic, context.messageId(), 1, { key: 'a' });
          await peer.publish(topic, context.messageId(), null, { key: 'a' });
        }
        const at = await peer.subscribe(topic, { from: 'snapshot', mode: 'keyed' });
        same('the entries', await snapshotOf(peer, topic, at), []);
        same('the number of parts', peer.frames('snapshot', { topic }).length, 1);
      }
    },
  },
  {
    id: 'snapshot-without-expired',
    level,
    title: 'leaves a message whose ttlMs has passed out of snapshots, and keeps it in the order of the topic',
    proves: ['§4.4', '§5.6'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.publish(topic, context.messageId(), 'stays', { key: 'a' });
      await peer.publish(topic, context.messageId(), 'passes', { key: 'b', ttlMs: 1 });
      const until = performance.now() + context.settings.patienceMs;
      // The time passes by itself, so the check asks until it has.
      for (;;) {
        const mark = peer.mark;
        const at = await peer.subscribe(topic, { from: 'snapshot', mode: 'keyed' });
        const entries = await snapshotOf(peer, topic, at, mark);
        await peer.ask({ type: 'unsubscribe', topic }, 'unsubscribed');
        if (entries.length === 1) {
          same('the entry', entries[0]?.data, 'stays');
          break;
        }
        if (performance.now() > until) throw new Mismatch('a snapshot without the message', JSON.stringify(entries));
      }
      await peer.subscribe(topic, { from: { last: 2 } });
      await peer.first('live', { topic });
      same(
        'the newest two messages',
        peer.messages(topic).map(({ data }) => data),
        ['stays', 'passes'],
      );
    },
  },
  {
    id: 'snapshot-under-load',
    level,
    title: 'joins snapshot and messages without a hole while others publish',
    proves: ['§4.2', '§5.6', 'I3'],
    async run(context) {
      const publisher = await context.connect();
      const topic = context.topic();
      const keyOf = (n: number) => `k${n % 7}`;
      const sending = startPublishing(context, publisher, topic, 300, (n) => ({ key: keyOf(n) }));
      const joined: { peer: VerifyPeer; at: SubscribedFrame; entries: SnapshotEntry[] }[] = [];
      for (let n = 0; n < 3; n++) {
        const peer = await context.connect();
        const at = await peer.subscribe(topic, { from: 'snapshot' });
        joined.push({ peer, at, entries: await snapshotOf(peer, topic, at) });
      }
      const published = await sending;
      for (const { peer, at, entries } of joined) {
        const known = published.filter(({ ack }) => ack.seqNo <= at.seqNo);
        const state = new Map(known.map((one) => [(one.payload as { n: number }).n % 7, one]));
        const expected = [...state.values()].map(({ messageId }) => messageId).toSorted();
        same('the state', entries.map(({ messageId }) => messageId).toSorted(), expected);
        const after = published.filter(({ ack }) => ack.seqNo > at.seqNo);
        const messages = await peer.untilMessages(topic, after.length);
        sameMessages(messages, after);
        unbrokenChain(at, messages);
      }
    },
  },
];

interface EntryEssence {
  readonly seqNo: number;
  readonly messageId: string;
  readonly data: unknown;
  readonly key: string | undefined;
}

/** Publishes messages with and without keys and one removal, and says what state they leave. */
async function writeState(context: CheckContext, publisher: VerifyPeer, topic: string): Promise<EntryEssence[]> {
  const put = async (key: string | undefined, data: unknown): Promise<EntryEssence> => {
    const messageId = context.messageId();
    const { seqNo } = await publisher.publish(topic, messageId, data, key === undefined ? {} : { key });
    return { seqNo, messageId, data, key };
  };
  await put('a', 1);
  await put(undefined, 'old');
  const b = await put('b', { n: 2 });
  await put('gone', 3);
  const keyless = await put(undefined, 'new');
  const a = await put('a', 4);
  await put('gone', null);
  const c = await put('c', [5]);
  return [b, keyless, a, c];
}

function essence({ seqNo, messageId, data, key }: SnapshotEntry): EntryEssence {
  return { seqNo, messageId, data, key };
}
