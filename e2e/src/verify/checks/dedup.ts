/** I2: a messageId makes one message, however often it is sent. §4.4, §9.1. */

import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same, show } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import { expectType, type VerifyPeer } from '../peer.ts';
import { settle } from '../traffic.ts';

const level = 'ordered';

/** How many connections race with the same publish. */
const RACERS = 8;

export const dedupChecks: readonly Check[] = [
  {
    id: 'duplicate',
    level,
    title: 'answers a repeated publish with the first one’s position, and stores it once',
    proves: ['I2', '§4.4', '§9.1'],
    async run(context) {
      const publisher = await context.connect();
      const reader = await context.connect();
      const topic = context.topic();
      await reader.subscribe(topic);
      const messageId = context.messageId();
      const payload = { n: 1, list: ['çay', 2.5, null] };
      const first = await publisher.publish(topic, messageId, payload);
      await publisher.publish(topic, context.messageId(), 'between');
      const second = await publisher.publish(topic, messageId, payload);
      same('the statuses', [first.status, second.status], ['ok', 'duplicate']);
      same('the position', [second.epoch, second.seqNo], [first.epoch, first.seqNo]);
      await publisher.publish(topic, context.messageId(), 'last');
      const messages = await reader.untilMessages(topic, 3);
      same(
        'data',
        messages.map(({ data }) => data),
        [payload, 'between', 'last'],
      );
    },
  },
  {
    id: 'duplicate-elsewhere',
    level,
    title: 'recognises the repeat on another connection, after the first one was lost, and in the other encoding',
    proves: ['I2', '§4.4', '§9.1'],
    async run(context) {
      const reader = await context.connect();
      const topic = context.topic();
      await reader.subscribe(topic);
      const messageId = context.messageId();
      const payload = { big: 65_536, whole: 3, part: 0.5, text: 'çay', none: null };
      const extras = { key: 'k', ttlMs: 60_000 };
      const publisher = await context.connect();
      const first = await publisher.publish(topic, messageId, payload, extras);
      publisher.drop();
      for (const encoding of context.settings.encodings) {
        const again = await context.connect({ encoding });
        const ack = await again.publish(topic, messageId, payload, extras);
        same('status and position', [ack.status, ack.epoch, ack.seqNo], ['duplicate', first.epoch, first.seqNo]);
      }
      await settle(context, await context.connect(), reader);
      same('the number of messages', reader.messages(topic).length, 1);
    },
  },
  {
    id: 'conflict',
    level,
    title: 'refuses a messageId with other content with MESSAGE_ID_CONFLICT, and keeps the first',
    proves: ['I2', '§4.4'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      const messageId = context.messageId();
      const first = { type: 'publish', topic, messageId, payload: { n: 1 }, key: 'a' } as const;
      await peer.ask(first, 'ack');
      const signature = { alg: 'Ed25519', keyId: 'k', value: 'AA' };
      const others = [
        { payload: { n: 2 } },
        { payload: { n: '1' } },
        { key: 'b' },
        { ref: messageId },
        { ttlMs: 1_000 },
        { signature },
      ];
      for (const other of others) {
        const answer = await peer.request({ ...first, ...other });
        const isRight = answer.type === 'error' && answer.code === 'MESSAGE_ID_CONFLICT' && !answer.retry;
        if (!isRight) throw new Mismatch(`error MESSAGE_ID_CONFLICT for ${show(other)}`, show(answer));
      }
      same('the status of the same content', (await peer.ask(first, 'ack')).status, 'duplicate');
      await settle(context, peer, peer);
      same(
        'the messages',
        peer.messages(topic).map(({ data, key }) => ({ data, key })),
        [{ data: { n: 1 }, key: 'a' }],
      );
    },
  },
  {
    id: 'racing-duplicates',
    level,
    title: `stores one message when the same publish races on ${RACERS} connections`,
    proves: ['I2', '§4.4'],
    async run(context) {
      const reader = await context.connect();
      const racers = await Promise.all(Array.from({ length: RACERS }, () => context.connect()));
      const topic = context.topic();
      await reader.subscribe(topic);
      const messageId = context.messageId();
      const acks = await Promise.all(racers.map((racer) => racer.publish(topic, messageId, 'race')));
      same('how many were ok', acks.filter(({ status }) => status === 'ok').length, 1);
      same('how many positions', new Set(acks.map(({ seqNo }) => seqNo)).size, 1);
      await settle(context, reader, reader);
      same('the number of messages', reader.messages(topic).length, 1);
    },
  },
  {
    id: 'same-id-elsewhere-is-new',
    level,
    title: 'takes the same messageId in another topic as another message',
    proves: ['I2', '§4.4'],
    async run(context) {
      const peer = await context.connect();
      const messageId = context.messageId();
      const one = await peer.publish(context.topic(), messageId, 'one');
      const other = await peer.publish(context.topic(), messageId, 'other');
      same('the statuses', [one.status, other.status], ['ok', 'ok']);
    },
  },
  {
    id: 'same-id-of-another-user',
    level,
    title: 'keeps the messageIds of two users apart',
    proves: ['I2', '§4.4'],
    async run(context) {
      const other = await secondPublisher(context);
      const peer = await context.connect();
      const topic = context.topic();
      const messageId = context.messageId();
      const answer = await other.request({ type: 'publish', topic, messageId, payload: 'other' });
      if (answer.type === 'error' && answer.code === 'ACL_DENIED') {
        context.skip('it needs a second user who may publish; anonymous clients may not');
      }
      same(
        'the statuses',
        [expectType(answer, 'ack').status, (await peer.publish(topic, messageId, 'one')).status],
        ['ok', 'ok'],
      );
    },
  },
  {
    id: 'refused-is-not-remembered',
    level,
    title: 'does not remember the messageId of a publish that it refused',
    proves: ['I2', '§4.4'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const messageId = context.messageId();
      const wrong = { type: 'publish', topic, messageId, payload: 'first try', expectSeqNo: 7 } as const;
      await peer.refused(wrong, 'SEQ_CONFLICT');
      const ack = await peer.publish(topic, messageId, 'second try');
      same('the status', ack.status, 'ok');
      must('a seqNo above 0', ack.seqNo > 0, ack.seqNo);
    },
  },
  {
    id: 'expect-seq-no',
    level,
    title: 'stores a publish with expectSeqNo only at that head, and recognises a repeat first',
    proves: ['§4.4', 'I2'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      const body = { type: 'publish', topic, messageId: context.messageId(), payload: 1, expectSeqNo: 0 } as const;
      const first = await peer.ask(body, 'ack');
      await peer.refused({ ...body, messageId: context.messageId() }, 'SEQ_CONFLICT');
      same('the status of the repeat', (await peer.ask(body, 'ack')).status, 'duplicate');
      const next = { ...body, messageId: context.messageId(), payload: 2, expectSeqNo: first.seqNo };
      same('the status at the head', (await peer.ask(next, 'ack')).status, 'ok');
      await settle(context, peer, peer);
      same(
        'data',
        peer.messages(topic).map(({ data }) => data),
        [1, 2],
      );
    },
  },
];

/** A connection of another user than the main one: an anonymous one beside a token. */
async function secondPublisher(context: CheckContext): Promise<VerifyPeer> {
  if (context.settings.token === undefined) context.skip('it needs --token: all anonymous clients are one user');
  const peer = await context.connect({ setup: false });
  peer.send({ type: 'setup', protocol: 1 });
  const [answer] = await peer.untilFrames(['ready', 'error'], 1);
  if (answer?.type === 'error') context.skip('it needs a second user who may publish; anonymous clients are refused');
  return peer;
}
