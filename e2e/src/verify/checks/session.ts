/** What a client can rely on while its session lasts: §4.9, §5.1, §5.15. */

import type { Check } from '../check.ts';
import { must, same } from '../expect.ts';
import { lastOf, publishMany, sameMessages } from '../traffic.ts';

const level = 'durable';

export const sessionChecks: readonly Check[] = [
  {
    id: 'durability-is-named',
    level,
    title: 'names the durability level at which it acknowledges, and for how long it remembers messages and ids',
    proves: ['I4', '§5.1', '§4.4'],
    async run(context) {
      const { ready } = await context.connect();
      must('the name of a durability level', ready.durability !== '', ready.durability);
      must('a retention of one message at least', ready.retention.messagesMax > 0, ready.retention);
      must('a dedup window', ready.dedupWindowMs > 0, ready.dedupWindowMs);
      const other = await context.connect();
      same('the level on another connection', other.ready.durability, ready.durability);
    },
  },
  {
    id: 'retention-is-kept',
    level,
    title: 'keeps as many messages of a topic as ready says, without a subscriber',
    proves: ['I4', '§5.1', '§4.2'],
    async run(context) {
      const publisher = await context.connect();
      const topic = context.topic();
      const count = Math.min(1_000, publisher.ready.retention.messagesMax);
      const published = await publishMany(context, publisher, topic, count + 50);
      const reader = await context.connect();
      await reader.subscribe(topic, { from: { last: count } });
      const live = await reader.first('live', { topic });
      same('the seqNo of live', live.seqNo, lastOf(published).ack.seqNo);
      sameMessages(reader.messages(topic), published.slice(-count));
    },
  },
  {
    id: 'refresh',
    level,
    title: 'takes a new token of the same user on the running connection',
    proves: ['§4.9', '§5.15'],
    async run(context) {
      const { token } = context.settings;
      if (token === undefined) return context.skip('it needs --token');
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      const refreshed = await peer.ask({ type: 'refresh', token }, 'refreshed');
      same('expiresAt', typeof refreshed.expiresAt, typeof peer.ready.expiresAt);
      const published = await publishMany(context, peer, topic, 2);
      sameMessages(await peer.untilMessages(topic, 2), published);
    },
  },
  {
    id: 'refresh-with-a-bad-token',
    level,
    title: 'refuses a token that is not valid with AUTH_FAILED, and keeps the old one and the connection',
    proves: ['§4.9', 'I1'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      await peer.refused({ type: 'refresh', token: `no-such-token-${context.messageId()}` }, 'AUTH_FAILED');
      const published = await publishMany(context, peer, topic, 2);
      sameMessages(await peer.untilMessages(topic, 2), published);
    },
  },
  {
    id: 'refresh-of-another-user',
    level,
    title: 'refuses a token of another user with AUTH_FAILED, and the connection stays the first user’s',
    proves: ['§4.9', 'I1'],
    async run(context) {
      const token = context.readerToken;
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      await peer.refused({ type: 'refresh', token }, 'AUTH_FAILED');
      // The reader may not publish; who is still the first user may.
      const published = await publishMany(context, peer, topic, 2);
      sameMessages(await peer.untilMessages(topic, 2), published);
    },
  },
];
