/** Asking again, and asking for no more than one can deal with: §4.5, §4.6, §5.9. */

import type { Check } from '../check.ts';
import { must, same } from '../expect.ts';
import { expectType } from '../peer.ts';
import { lastOf, publishMany, sameMessages, settle, startPublishing } from '../traffic.ts';

const level = 'ordered';

/** A gateway that keeps more is not filled only to see the oldest go. */
const RETENTION_TRIED_MAX = 5_000;

export const replayChecks: readonly Check[] = [
  {
    id: 'replay',
    level,
    title: 'sends exactly the messages after fromSeqNo up to toSeqNo again, and then live with the id',
    proves: ['§4.6', '§5.9', '§9.6', 'I6'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      const published = await publishMany(context, peer, topic, 10);
      const first = await peer.untilMessages(topic, 10);
      const seqNoOf = (n: number) => published[n - 1]?.ack.seqNo ?? 0;
      const body = { type: 'replay', topic, fromSeqNo: seqNoOf(3), toSeqNo: seqNoOf(7) } as const;
      const live = await peer.ask(body, 'live');
      same('the seqNo of live', live.seqNo, seqNoOf(7));
      const again = peer.messages(topic).slice(10);
      sameMessages(again, published.slice(3, 7));
      same('the messages', again, first.slice(3, 7));
      const mark = peer.mark;
      await peer.publish(topic, context.messageId(), 'next');
      const next = await peer.first('message', { topic, since: mark });
      same('prevSeqNo of what is new', next.prevSeqNo, seqNoOf(10));
    },
  },
  {
    id: 'replay-to-the-head',
    level,
    title: 'replays up to the head when no toSeqNo is given, and nothing when there is nothing',
    proves: ['§4.6', '§5.9'],
    async run(context) {
      const publisher = await context.connect();
      const peer = await context.connect();
      const topic = context.topic();
      const published = await publishMany(context, publisher, topic, 6);
      const head = lastOf(published).ack.seqNo;
      await peer.subscribe(topic);
      same('the seqNo of live', (await peer.ask({ type: 'replay', topic, fromSeqNo: 0 }, 'live')).seqNo, head);
      sameMessages(peer.messages(topic), published);
      await peer.ask({ type: 'replay', topic, fromSeqNo: head }, 'live');
      same('the number of messages', peer.messages(topic).length, published.length);
    },
  },
  {
    id: 'replay-between-live',
    level,
    title:
      'keeps replays and live messages each in order when they come together, and serves a second replay after the first',
    proves: ['§4.6', 'I3', 'I4'],
    async run(context) {
      const publisher = await context.connect();
      const peer = await context.connect();
      const topic = context.topic();
      const past = await publishMany(context, publisher, topic, 50);
      await peer.subscribe(topic);
      const pastHead = lastOf(past).ack.seqNo;
      const sending = startPublishing(context, publisher, topic, 50);
      const [one, two] = await Promise.all([
        peer.ask({ type: 'replay', topic, fromSeqNo: 0, toSeqNo: pastHead }, 'live'),
        peer.ask({ type: 'replay', topic, fromSeqNo: 0, toSeqNo: pastHead }, 'live'),
      ]);
      must(
        'the first replay to end first',
        peer.arrivals.findIndex(({ frame }) => frame === one) < peer.arrivals.findIndex(({ frame }) => frame === two),
        'the second',
      );
      const live = await sending;
      await peer.untilMessages(topic, 150);
      await settle(context, publisher, peer);
      const messages = peer.messages(topic);
      sameMessages(
        messages.filter(({ seqNo }) => seqNo > pastHead),
        live,
      );
      sameMessages(
        messages.filter(({ seqNo }) => seqNo <= pastHead),
        [...past, ...past],
      );
    },
  },
  {
    id: 'replay-not-subscribed',
    level,
    title: 'refuses the replay of a topic that is not subscribed to with NOT_SUBSCRIBED',
    proves: ['§4.6', 'I1'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await publishMany(context, peer, topic, 3);
      await peer.refused({ type: 'replay', topic, fromSeqNo: 0 }, 'NOT_SUBSCRIBED');
      await peer.barrier();
      same('the number of messages', peer.messages(topic).length, 0);
    },
  },
  {
    id: 'replay-of-what-is-gone',
    level,
    title: 'says HISTORY_GONE when messages of a replay are no longer kept, and never leaves a hole unsaid',
    proves: ['§4.6', '§5.1', 'I4'],
    async run(context) {
      const peer = await context.connect();
      const { messagesMax } = peer.ready.retention;
      if (messagesMax > RETENTION_TRIED_MAX) context.skip(`retention.messagesMax is ${messagesMax}: too many to send`);
      const topic = context.topic();
      const published = await publishMany(context, peer, topic, messagesMax + 200);
      await peer.subscribe(topic);
      const answer = await peer.request({ type: 'replay', topic, fromSeqNo: 0 });
      const gone = answer.type === 'error' && answer.code === 'HISTORY_GONE';
      // A gateway may keep more than it promised; then it must send all of it.
      if (!gone) same('the seqNo of live', expectType(answer, 'live').seqNo, lastOf(published).ack.seqNo);
      const messages = peer.messages(topic);
      sameMessages(messages, gone ? published.slice(0, messages.length) : published);
      const kept = published.slice(-messagesMax);
      const [first] = published.slice(-messagesMax - 1);
      const mark = messages.length;
      await peer.ask({ type: 'replay', topic, fromSeqNo: first?.ack.seqNo ?? 0 }, 'live');
      sameMessages(peer.messages(topic).slice(mark), kept);
    },
  },
  {
    id: 'confirm-window',
    level,
    title: 'sends no more than confirmWindow messages beyond the last confirmed one',
    proves: ['§4.2', '§4.5', 'I4'],
    async run(context) {
      const publisher = await context.connect();
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic, { confirmWindow: 3 });
      const published = await publishMany(context, publisher, topic, 10);
      const seqNoOf = (n: number) => published[n - 1]?.ack.seqNo ?? 0;
      // Confirmed up to and including the message before the colon, so many have come after it.
      const steps: readonly (readonly [number, number])[] = [
        [0, 3],
        [2, 5],
        [1, 5],
        [5, 8],
        [8, 10],
      ];
      for (const [confirmed, arrived] of steps) {
        if (confirmed > 0) peer.send({ type: 'confirm', topic, seqNo: seqNoOf(confirmed) });
        await peer.untilMessages(topic, arrived);
        await settle(context, publisher, peer);
        sameMessages(peer.messages(topic), published.slice(0, arrived));
      }
    },
  },
  {
    id: 'confirm-refusals',
    level,
    title: 'answers a confirm beyond what was sent, or of another topic, without id and with the topic',
    proves: ['§4.5'],
    async run(context) {
      const peer = await context.connect();
      const [topic, other] = [context.topic(), context.topic()];
      await peer.subscribe(topic, { confirmWindow: 10 });
      const [published] = await publishMany(context, peer, topic, 1);
      await peer.untilMessages(topic, 1);
      peer.send({ type: 'confirm', topic: other, seqNo: 1 });
      peer.send({ type: 'confirm', topic, seqNo: (published?.ack.seqNo ?? 0) + 1_000 });
      const errors = await peer.untilFrames(['error'], 2);
      const came = errors.map((error) => ({ id: error.id, code: error.code, topic: error.topic }));
      const expected = [
        { id: undefined, code: 'INVALID_FIELD', topic },
        { id: undefined, code: 'NOT_SUBSCRIBED', topic: other },
      ];
      // Answers may come in another order: §3.2.
      const sorted = came.toSorted((one, two) => (one.code < two.code ? -1 : 1));
      same('the errors', sorted, expected);
    },
  },
];
