/** Positions that are not what they seem: §4.2. What follows a position is only there if its very message is. */

import type { GatewayFrame } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { same } from '../expect.ts';
import { expectError, expectType, type VerifyPeer } from '../peer.ts';
import {
  lastOf,
  type Published,
  positionOf,
  publishMany,
  sameMessages,
  settle,
  snapshotOf,
  unbrokenChain,
} from '../traffic.ts';

const level = 'durable';

type From = { readonly epoch: string; readonly seqNo: number; readonly messageId?: string };

interface Past {
  readonly publisher: VerifyPeer;
  readonly topic: string;
  readonly published: readonly Published[];
  readonly head: Published;
}

/** Positions that only look like the third of five messages. */
const NOT_ANCHORED: Readonly<Record<string, (past: Past) => From>> = {
  'another messageId': ({ published }) => ({ ...positionOf(at(published, 3)), messageId: 'some-other-message' }),
  'the messageId of another message': ({ published }) => ({
    ...positionOf(at(published, 3)),
    messageId: at(published, 4).messageId,
  }),
  'another epoch': ({ published }) => ({ ...positionOf(at(published, 3)), epoch: 'some-other-epoch' }),
  'no messageId': ({ head }) => ({ epoch: head.ack.epoch, seqNo: head.ack.seqNo }),
  'a seqNo beyond the head': ({ head }) => ({ ...positionOf(head), seqNo: head.ack.seqNo + 1_000 }),
};

export const anchorChecks: readonly Check[] = [
  {
    id: 'anchored',
    level,
    title: 'finds the very message of a position: recovered is full, and all messages after it follow',
    proves: ['I6', '§4.2', '§5.2', '§5.9'],
    async run(context) {
      const past = await fiveMessages(context);
      const { topic, published, head } = past;
      for (const n of [0, 3, 5]) {
        const peer = await context.connect();
        const from: From = n === 0 ? { epoch: head.ack.epoch, seqNo: 0 } : positionOf(at(published, n));
        const subscribed = await peer.subscribe(topic, { from });
        const { recovered, seqNo, headSeqNo } = subscribed;
        same(
          'subscribed',
          { recovered, seqNo, headSeqNo },
          { recovered: 'full', seqNo: from.seqNo, headSeqNo: head.ack.seqNo },
        );
        if (n < 5) same('live', (await peer.first('live', { topic })).seqNo, head.ack.seqNo);
        await peer.barrier();
        sameMessages(peer.messages(topic), published.slice(n));
        unbrokenChain(subscribed, peer.messages(topic));
        same('live frames', peer.frames('live', { topic }).length, n < 5 ? 1 : 0);
      }
    },
  },
  {
    id: 'gap-live',
    level,
    title: 'says gap for a position that is not anchored, and begins at the head',
    proves: ['I6', 'I4', '§4.2', '§5.2'],
    async run(context) {
      const past = await fiveMessages(context);
      for (const [what, fromOf] of Object.entries(NOT_ANCHORED)) {
        const peer = await context.connect();
        const subscribed = await peer.subscribe(past.topic, { from: fromOf(past) });
        const { recovered, seqNo, headSeqNo } = subscribed;
        const headNow = past.head.ack.seqNo;
        same(
          `subscribed for ${what}`,
          { recovered, seqNo, headSeqNo },
          { recovered: 'gap', seqNo: headNow, headSeqNo: headNow },
        );
        await settle(context, past.publisher, peer);
        same(`the number of messages for ${what}`, peer.messages(past.topic).length, 0);
      }
      const reader = await context.connect();
      const subscribed = await reader.subscribe(past.topic, { from: NOT_ANCHORED['another messageId']?.(past) });
      const next = await publishMany(context, past.publisher, past.topic, 2);
      sameMessages(await reader.untilMessages(past.topic, 2), next);
      unbrokenChain(subscribed, reader.messages(past.topic));
    },
  },
  {
    id: 'gap-reject',
    level,
    title: 'refuses a position that is not anchored with POSITION_GONE where onGap is reject, and does not subscribe',
    proves: ['I6', '§4.2', '§6'],
    async run(context) {
      const past = await fiveMessages(context);
      const { topic } = past;
      const peer = await context.connect();
      for (const fromOf of Object.values(NOT_ANCHORED)) {
        const body = { type: 'subscribe', topic, from: fromOf(past), onGap: 'reject' } as const;
        const error = await peer.refused(body, 'POSITION_GONE');
        same('retry', error.retry, false);
        await peer.refused({ type: 'unsubscribe', topic }, 'NOT_SUBSCRIBED');
      }
      const anchored = { type: 'subscribe', topic, from: positionOf(past.head), onGap: 'reject' } as const;
      same('recovered', (await peer.ask(anchored, 'subscribed')).recovered, 'full');
    },
  },
  {
    id: 'gap-snapshot',
    level,
    title: 'begins with a snapshot for a position that is not anchored where onGap is snapshot',
    proves: ['I6', '§4.2', '§5.6'],
    async run(context) {
      const past = await fiveMessages(context);
      const { topic, head, publisher } = past;
      for (const fromOf of Object.values(NOT_ANCHORED)) {
        const peer = await context.connect();
        const subscribed = await peer.subscribe(topic, { from: fromOf(past), onGap: 'snapshot' });
        const entries = await snapshotOf(peer, topic, subscribed);
        same(
          'the entries',
          entries.map(({ messageId }) => messageId),
          [head.messageId],
        );
        same('seqNo', subscribed.seqNo, head.ack.seqNo);
      }
      const peer = await context.connect();
      const subscribed = await peer.subscribe(topic, {
        from: NOT_ANCHORED['another epoch']?.(past),
        onGap: 'snapshot',
      });
      const next = await publishMany(context, publisher, topic, 2);
      sameMessages(await peer.untilMessages(topic, 2), next);
      unbrokenChain(subscribed, peer.messages(topic));
    },
  },
  {
    id: 'gap-in-resume',
    level,
    title: 'anchors each subscription of a resumed session by itself',
    proves: ['I6', '§4.7', '§4.2'],
    async run(context) {
      const [one, two, three] = [await fiveMessages(context), await fiveMessages(context), await fiveMessages(context)];
      const old = await context.connect();
      const { sessionId, resumeKey } = old.ready;
      old.drop();
      const peer = await context.connect({ setup: false });
      const fake = NOT_ANCHORED['another messageId'] as (past: Past) => From;
      const subscriptions = [
        { topic: one.topic, from: positionOf(at(one.published, 3)) },
        { topic: two.topic, from: fake(two) },
        { topic: three.topic, from: fake(three), onGap: 'reject' as const },
      ];
      await peer.setUp({ ...context.credentials(), resume: { sessionId, resumeKey, subscriptions } });
      const answers = await peer.untilFrames(['subscribed', 'error'], 3);
      const of = (topic: string) => answers.find((answer) => answer.topic === topic) as GatewayFrame;
      same('recovered', expectType(of(one.topic), 'subscribed').recovered, 'full');
      same('recovered', expectType(of(two.topic), 'subscribed').recovered, 'gap');
      same('the id of the error', expectError(of(three.topic), 'POSITION_GONE').id, undefined);
      await peer.first('live', { topic: one.topic });
      sameMessages(peer.messages(one.topic), one.published.slice(3));
    },
  },
  {
    id: 'position-in-other-modes',
    level,
    title: 'answers a position with a snapshot in latest and keyed, with gap in volatile, and with full at the head',
    proves: ['§4.2', '§5.2'],
    async run(context) {
      const { topic, published, head } = await fiveMessages(context);
      const third = positionOf(at(published, 3));
      for (const mode of ['latest', 'keyed'] as const) {
        const peer = await context.connect();
        const entries = await snapshotOf(peer, topic, await peer.subscribe(topic, { mode, from: third }));
        same(
          `the entries in mode ${mode}`,
          entries.map(({ messageId }) => messageId),
          [head.messageId],
        );
      }
      const loose = await context.connect();
      same('recovered', (await loose.subscribe(topic, { mode: 'volatile', from: third })).recovered, 'gap');
      for (const mode of ['latest', 'keyed', 'volatile'] as const) {
        const peer = await context.connect();
        const { recovered, seqNo } = await peer.subscribe(topic, { mode, from: positionOf(head) });
        same(`recovered and seqNo in mode ${mode}`, [recovered, seqNo], ['full', head.ack.seqNo]);
        await peer.barrier();
        same('snapshots and messages', [peer.frames('snapshot').length, peer.messages(topic).length], [0, 0]);
      }
    },
  },
];

async function fiveMessages(context: CheckContext): Promise<Past> {
  const publisher = await context.connect();
  const topic = context.topic();
  const published = await publishMany(context, publisher, topic, 5);
  return { publisher, topic, published, head: lastOf(published) };
}

/** The n-th message, from 1. */
function at(published: readonly Published[], n: number): Published {
  return lastOf(published.slice(0, n));
}
