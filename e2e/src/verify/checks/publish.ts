/** Publishing and what subscribers get of it: §4.4, §5.4, §5.5. */

import type { Check } from '../check.ts';
import { must, same, sameBytes, show } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import type { VerifyPeer } from '../peer.ts';
import { publishMany, settle } from '../traffic.ts';

const level = 'core';

/** 2020: a time before it is in other units, or from a clock that was never set. */
const EARLIEST_TIME = 1_577_836_800_000;

const EXTRAS = {
  key: 'instrument/1 ☕',
  ttlMs: 3_600_000,
  signature: { alg: 'Ed25519', keyId: 'k-1', value: 'AAECAwQFBgcICQ' },
};

export const publishChecks: readonly Check[] = [
  {
    id: 'ack-form',
    level,
    title: 'acknowledges a publish with its messageId and a position that rises, subscribed or not',
    proves: ['§4.4', '§5.4', '§2.2'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      let last = 0;
      const epochs = new Set<string>();
      for (let n = 1; n <= 3; n++) {
        const messageId = context.messageId();
        const ack = await peer.publish(topic, messageId, n);
        same('messageId and status', [ack.messageId, ack.status], [messageId, 'ok']);
        must(`a seqNo above ${last}`, ack.seqNo > last, ack.seqNo);
        last = ack.seqNo;
        epochs.add(ack.epoch);
      }
      same('the number of epochs', epochs.size, 1);
    },
  },
  {
    id: 'message-form',
    level,
    title: 'delivers key, ref, ttlMs and signature as they were published, and a time',
    proves: ['§4.4', '§5.5', '§10', 'I7'],
    async run(context) {
      const publisher = await context.connect();
      const peers = await Promise.all(context.settings.encodings.map((encoding) => context.connect({ encoding })));
      const topic = context.topic();
      const ref = context.messageId();
      for (const peer of peers) await peer.subscribe(topic);
      const plain = await publisher.publish(topic, ref, 'plain');
      const full = await publisher.publish(topic, context.messageId(), 'full', { ...EXTRAS, ref });
      for (const peer of peers) {
        const [first, second] = await peer.untilMessages(topic, 2);
        const given = (message: typeof first) => ({
          seqNo: message?.seqNo,
          messageId: message?.messageId,
          key: message?.key,
          ref: message?.ref,
          ttlMs: message?.ttlMs,
          signature: message?.signature,
        });
        const nothing = { key: undefined, ref: undefined, ttlMs: undefined, signature: undefined };
        same('a plain message', given(first), { seqNo: plain.seqNo, messageId: ref, ...nothing });
        same('a full message', given(second), { seqNo: full.seqNo, messageId: full.messageId, ...EXTRAS, ref });
        must('a time in milliseconds since 1970', (first?.time ?? 0) > EARLIEST_TIME, first?.time);
        namesTopicOnce(peer);
      }
    },
  },
  {
    id: 'shared-bytes',
    level,
    title: 'sends every subscriber with the same encoding the same bytes, live, from the past and in a replay',
    proves: ['§5.5', '§3.2'],
    async run(context) {
      const publisher = await context.connect();
      const topic = context.topic();
      const live = [await context.connect(), await context.connect()];
      for (const peer of live) await peer.subscribe(topic);
      const late = await context.connect();
      await publishMany(context, publisher, topic, 3, (n) => ({ payload: { n, text: 'çay', list: [1, 2.5, null] } }));
      await Promise.all(live.map((peer) => peer.untilMessages(topic, 3)));
      await late.subscribe(topic, { from: { last: 3 } });
      await late.untilMessages(topic, 3);
      const [first = publisher] = live;
      await first.ask({ type: 'replay', topic, fromSeqNo: 0 }, 'live');
      const expected = bodiesOf(first, topic).slice(0, 3);
      const lists = [...live, late].map((peer) => bodiesOf(peer, topic).slice(0, 3));
      lists.push(bodiesOf(first, topic).slice(3));
      for (const bodies of lists) {
        expected.forEach((body, index) => {
          const came = bodies[index];
          if (came !== undefined && sameBytes(came, body)) return;
          throw new Mismatch(`the bytes ${show(body)}`, show(came));
        });
      }
    },
  },
  {
    id: 'publisher-is-told-once',
    level,
    title: 'answers each request exactly once',
    proves: ['§4.4', '§5.4', '§3.2'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const ids: number[] = [];
      for (let n = 0; n < 20; n++) {
        const id = peer.newId();
        ids.push(id);
        peer.send({ type: 'publish', id, topic, messageId: context.messageId(), payload: n });
      }
      for (const id of ids) await peer.answer(id);
      await settle(context, peer, peer);
      same(
        'the number of answers',
        ids.map((id) => peer.answersTo(id).length),
        new Array(20).fill(1),
      );
    },
  },
  {
    id: 'unacknowledged-limit',
    level,
    title:
      'answers every publish of a burst beyond unacknowledgedPublishesMax, and stores exactly what it acknowledged',
    proves: ['§4.4', '§8', 'I4'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      const count = Math.min(1_000, peer.ready.limits.unacknowledgedPublishesMax * 2);
      const requests = Array.from({ length: count }, (_, n) => {
        const messageId = context.messageId();
        return peer.request({ type: 'publish', topic, messageId, payload: n });
      });
      const stored: number[] = [];
      for (const [n, answer] of (await Promise.all(requests)).entries()) {
        if (answer.type === 'ack') stored.push(n);
        else if (answer.type !== 'error' || answer.code !== 'TOO_MANY_UNACKNOWLEDGED' || !answer.retry) {
          throw new Mismatch('ack or error TOO_MANY_UNACKNOWLEDGED with retry', show(answer));
        }
      }
      await peer.untilMessages(topic, stored.length);
      await settle(context, peer, peer);
      same(
        'the messages',
        peer.messages(topic).map(({ data }) => data),
        stored,
      );
    },
  },
];

/** In JSON the topic stands there and no alias, in MessagePack the other way round: §5.5. */
function namesTopicOnce(peer: VerifyPeer): void {
  if (peer.encoding !== 'json') return;
  for (const { frame, body } of peer.arrivals) {
    if (frame.type !== 'message') continue;
    const fields = JSON.parse(body as string) as object;
    if ('alias' in fields) throw new Mismatch('a message with a topic and no alias', show(body));
  }
}

function bodiesOf(peer: VerifyPeer, topic: string) {
  return peer.arrivals.filter(({ frame }) => frame.type === 'message' && frame.topic === topic).map(({ body }) => body);
}
