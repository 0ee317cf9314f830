/** Subscriptions: §4.2, §4.3, §5.2, §5.3. */

import type { Check } from '../check.ts';
import { must, same, show } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import { expectError, expectType } from '../peer.ts';
import { lastOf, publishMany, sameMessages, settle, startPublishing, unbrokenChain } from '../traffic.ts';

const level = 'core';

/** More subscriptions than this are not opened only to see the next one refused. */
const TOPICS_TRIED_MAX = 10_000;

export const subscribeChecks: readonly Check[] = [
  {
    id: 'subscribed-form',
    level,
    title: 'begins a subscription to a new topic at seqNo 0',
    proves: ['§4.2', '§5.2', '§2.2'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const { seqNo, headSeqNo, recovered, messageId, ...rest } = await peer.subscribe(topic);
      same(
        'the position',
        { seqNo, headSeqNo, recovered, messageId },
        { seqNo: 0, headSeqNo: 0, recovered: 'none', messageId: undefined },
      );
      same('the topic', rest.topic, topic);
      same('no rate and no checksum that nobody asked for', [rest.maxRateHz, rest.checksum], [undefined, undefined]);
    },
  },
  {
    id: 'starts-at-head',
    level,
    title: 'begins at the head, names its message, and sends what comes after it',
    proves: ['§4.2', '§5.2', 'I3'],
    async run(context) {
      const publisher = await context.connect();
      const reader = await context.connect();
      const topic = context.topic();
      const before = lastOf(await publishMany(context, publisher, topic, 3));
      const { seqNo, headSeqNo, epoch, messageId, recovered } = await reader.subscribe(topic);
      const { ack } = before;
      const expected = [ack.seqNo, ack.seqNo, ack.epoch, before.messageId, 'none'];
      same('the position', [seqNo, headSeqNo, epoch, messageId, recovered], expected);
      const after = await publishMany(context, publisher, topic, 3);
      const messages = await reader.untilMessages(topic, 3);
      sameMessages(messages, after);
      unbrokenChain({ seqNo }, messages);
    },
  },
  {
    id: 'already-subscribed',
    level,
    title: 'refuses a second subscription to a topic with ALREADY_SUBSCRIBED, and keeps the first',
    proves: ['§4.2'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      const error = await peer.refused({ type: 'subscribe', topic, mode: 'latest' }, 'ALREADY_SUBSCRIBED');
      same('the topic of the error, if it names one', error.topic ?? topic, topic);
      const published = await publishMany(context, peer, topic, 3);
      sameMessages(await peer.untilMessages(topic, 3), published);
      await settle(context, peer, peer);
      same('the number of messages', peer.messages(topic).length, 3);
    },
  },
  {
    id: 'unsubscribe',
    level,
    title: 'answers unsubscribe with unsubscribed, and sends nothing of the topic after it',
    proves: ['§4.3', '§5.3', '§9.3'],
    async run(context) {
      const publisher = await context.connect();
      const reader = await context.connect();
      const topic = context.topic();
      await reader.subscribe(topic);
      await publishMany(context, publisher, topic, 3);
      const sending = startPublishing(context, publisher, topic, 60);
      const answer = await reader.ask({ type: 'unsubscribe', topic }, 'unsubscribed');
      same('topic and reason', [answer.topic, answer.reason], [topic, 'asked']);
      await sending;
      await publishMany(context, publisher, topic, 3);
      await settle(context, publisher, reader);
      const end = reader.arrivals.findIndex(({ frame }) => frame === answer);
      const [late] = reader.frames('message', { topic, since: end });
      if (late !== undefined) throw new Mismatch('no message of the topic after unsubscribed', show(late));
      const error = await reader.refused({ type: 'unsubscribe', topic }, 'NOT_SUBSCRIBED');
      same('retry', error.retry, false);
    },
  },
  {
    id: 'subscribe-again',
    level,
    title: 'lets a connection subscribe again after it unsubscribed',
    proves: ['§4.2', '§4.3'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const first = await peer.subscribe(topic);
      await publishMany(context, peer, topic, 2);
      await peer.ask({ type: 'unsubscribe', topic }, 'unsubscribed');
      const missed = lastOf(await publishMany(context, peer, topic, 2));
      const second = await peer.subscribe(topic);
      same('epoch and head', [second.epoch, second.seqNo], [first.epoch, missed.ack.seqNo]);
      const already = peer.messages(topic).length;
      const published = await publishMany(context, peer, topic, 2);
      sameMessages((await peer.untilMessages(topic, already + 2)).slice(already), published);
    },
  },
  {
    id: 'alias',
    level,
    title: 'gives each topic an alias of its own, the same on every connection',
    proves: ['§5.2', '§3.2'],
    async run(context) {
      const one = await context.connect();
      const other = await context.connect();
      const aliasOf = new Map<string, number>();
      for (let n = 0; n < 5; n++) {
        const topic = context.topic();
        const subscribed = await one.subscribe(topic);
        same('the alias on another connection', (await other.subscribe(topic)).alias, subscribed.alias);
        aliasOf.set(topic, subscribed.alias);
        // An alias stays its topic's, also when nobody is subscribed any more.
        if (n % 2 === 0)
          for (const peer of [one, other]) await peer.ask({ type: 'unsubscribe', topic }, 'unsubscribed');
      }
      const aliases = [...aliasOf.values()];
      must('five different aliases', new Set(aliases).size === aliases.length, aliases);
    },
  },
  {
    id: 'topic-limit',
    level,
    title: 'refuses the subscription beyond topicsPerConnectionMax with TOPIC_LIMIT, until one has ended',
    proves: ['§4.2', '§8'],
    async run(context) {
      const peer = await context.connect();
      const { topicsPerConnectionMax } = peer.ready.limits;
      if (topicsPerConnectionMax > TOPICS_TRIED_MAX) {
        context.skip(`topicsPerConnectionMax is ${topicsPerConnectionMax}: too many to open`);
      }
      const topics = Array.from({ length: topicsPerConnectionMax }, () => context.topic());
      for (let start = 0; start < topics.length; start += 100) {
        await Promise.all(topics.slice(start, start + 100).map((topic) => peer.subscribe(topic)));
      }
      const next = context.topic();
      await peer.refused({ type: 'subscribe', topic: next }, 'TOPIC_LIMIT');
      await peer.ask({ type: 'unsubscribe', topic: topics[0] as string }, 'unsubscribed');
      await peer.subscribe(next);
    },
  },
  {
    id: 'requests-in-order',
    level,
    title: 'lets the requests of a connection take effect in the order in which they were sent',
    proves: ['§3.2', '§4.4'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const publish = (payload: string) =>
        peer.request({ type: 'publish', topic, messageId: context.messageId(), payload });
      const answers = await Promise.all([
        publish('before'),
        peer.request({ type: 'subscribe', topic }),
        publish('between'),
        peer.request({ type: 'unsubscribe', topic }),
        publish('after'),
        peer.request({ type: 'unsubscribe', topic }),
      ]);
      const [before, subscribed] = [expectType(answers[0], 'ack'), expectType(answers[1], 'subscribed')];
      same('the position of the subscription', subscribed.seqNo, before.seqNo);
      expectError(answers[5], 'NOT_SUBSCRIBED');
      await settle(context, peer, peer);
      // What was published in between may still be unsent when unsubscribe is read: §9.3.
      const others = peer.messages(topic).filter(({ data }) => data !== 'between');
      same('messages from before and after the subscription', others, []);
    },
  },
];
