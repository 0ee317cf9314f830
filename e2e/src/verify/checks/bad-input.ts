/** Bad input is answered, named and otherwise ignored: §2.1, §5.11, §6, §8. */

import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import { expectError, type VerifyPeer } from '../peer.ts';
import { bytes, joined, packedText, written } from '../raw.ts';

const level = 'core';

export const badInputChecks: readonly Check[] = [
  {
    id: 'not-a-frame',
    level,
    title: 'answers what is no frame with MALFORMED_FRAME without id, and stays open',
    proves: ['§3.2', '§5.11', '§6'],
    async run(context) {
      const peer = await context.connect();
      const bodies =
        context.encoding === 'json'
          ? ['{"type":', '[]', 'null', '"subscribe"', '{"type":"pong","time":1}x']
          : [bytes(0xc1), bytes(0x80), bytes(0x92, 0x14), bytes(0xc0), joined(bytes(0x92, 0x14, 1), bytes(0xff))];
      for (const body of bodies) {
        const mark = peer.mark;
        peer.sendBody(body);
        const error = expectError(await peer.first('error', { since: mark }), 'MALFORMED_FRAME');
        same('the id of the error', error.id, undefined);
      }
      await peer.barrier();
    },
  },
  {
    id: 'wrong-kind-of-message',
    level,
    title: 'answers a binary message in JSON, and a text message in MessagePack, with MALFORMED_FRAME',
    proves: ['§3.1'],
    async run(context) {
      context.needWebSocket();
      const peer = await context.connect();
      const text = '{"type":"pong","time":1}';
      peer.sendBody(context.encoding === 'json' ? new TextEncoder().encode(text) : text);
      expectError(await peer.first('error'), 'MALFORMED_FRAME');
      await peer.barrier();
    },
  },
  {
    id: 'unknown-type',
    level,
    title: 'answers a frame that no client sends with UNKNOWN_TYPE',
    proves: ['§3.2', '§4', '§6'],
    async run(context) {
      const peer = await context.connect();
      peer.sendBody(context.encoding === 'json' ? '{"type":"shout","id":77}' : bytes(0x92, 0x70, 77));
      expectError(await peer.first('error'), 'UNKNOWN_TYPE');
      const mark = peer.mark;
      // What only a gateway sends.
      peer.sendBody(written(context.encoding, { type: 'ping', time: 1 }));
      expectError(await peer.first('error', { since: mark }), 'UNKNOWN_TYPE');
      await peer.barrier();
    },
  },
  {
    id: 'invalid-field',
    level,
    title: 'answers missing and wrong fields with INVALID_FIELD and the id of the request',
    proves: ['§3.2', '§5.11', '§6'],
    async run(context) {
      const topic = context.topic();
      const position = { epoch: 'e', seqNo: 1, messageId: 'has space' };
      const frames: readonly object[] = [
        { type: 'subscribe' },
        { type: 'subscribe', topic: 42 },
        { type: 'subscribe', topic, mode: 'every' },
        { type: 'subscribe', topic, from: 'yesterday' },
        { type: 'subscribe', topic, from: { last: 0 } },
        { type: 'subscribe', topic, from: { last: 1_001 } },
        { type: 'subscribe', topic, from: position },
        { type: 'subscribe', topic, onGap: 'ask' },
        { type: 'subscribe', topic, confirmWindow: 0 },
        { type: 'subscribe', topic, checksum: 'yes' },
        { type: 'publish', topic, payload: 1 },
        { type: 'publish', topic, messageId: '', payload: 1 },
        { type: 'publish', topic, messageId: 'has space', payload: 1 },
        { type: 'publish', topic, messageId: 'x'.repeat(65), payload: 1 },
        { type: 'publish', topic, messageId: 'm', payload: 1, key: '' },
        { type: 'publish', topic, messageId: 'm', payload: 1, ttlMs: 0.5 },
        { type: 'publish', topic, messageId: 'm', payload: 1, expectSeqNo: -1 },
        { type: 'replay', topic },
        { type: 'replay', topic, fromSeqNo: 1.5 },
        { type: 'presence', topic, action: 'dance' },
        { type: 'refresh' },
      ];
      for (const part of splitByBadFrames(frames, context)) {
        const peer = await context.connect();
        for (const frame of part) await refusesField(context, peer, frame);
        await peer.barrier();
      }
    },
  },
  {
    id: 'unusable-id',
    level,
    title: 'answers a request whose id cannot be used with INVALID_FIELD without id',
    proves: ['§3.2', '§5.11'],
    async run(context) {
      const peer = await context.connect();
      const ids = context.encoding === 'json' ? ['-1', '1.5', '"1"', '9007199254740993'] : [];
      for (const id of ids) {
        const mark = peer.mark;
        peer.sendBody(`{"type":"subscribe","id":${id},"topic":${JSON.stringify(context.topic())}}`);
        const error = expectError(await peer.first('error', { since: mark }), 'INVALID_FIELD');
        same('the id of the error', error.id, undefined);
      }
      if (context.encoding === 'msgpack') {
        peer.sendBody(joined(bytes(0x93, 0x02, 0xff), packedText(context.topic())));
        same('the id of the error', expectError(await peer.first('error'), 'INVALID_FIELD').id, undefined);
      }
      await peer.barrier();
    },
  },
  {
    id: 'topic-grammar',
    level,
    title: 'takes every topic of the grammar, and answers others with INVALID_FIELD',
    proves: ['§2.1'],
    async run(context) {
      const peer = await context.connect();
      const bad = ['', '.', 'a..b', '.a', 'a.', 'a b', 'verify.*', 'verify.>', 'a/b', 'çay', 'x'.repeat(256)];
      for (const topic of bad) await refusesField(context, peer, { type: 'subscribe', topic });
      const prefix = `${context.topic()}.`;
      const longest = `${prefix}${'x'.repeat(255 - prefix.length)}`;
      for (const topic of [`${prefix}A-z_0:9@~`, longest]) {
        same('the topic', (await peer.subscribe(topic)).topic, topic);
      }
    },
  },
  {
    id: 'topics-are-case-sensitive',
    level,
    title: 'tells topics apart by case',
    proves: ['§2.1'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(`${topic}.a`);
      await peer.subscribe(`${topic}.A`);
      await peer.publish(`${topic}.A`, context.messageId(), 'upper');
      await peer.untilMessages(`${topic}.A`, 1);
      await peer.barrier();
      same('messages of the other topic', peer.messages(`${topic}.a`).length, 0);
    },
  },
  {
    id: 'frame-too-large',
    level,
    title: 'takes a frame of frameBytesMax bytes, and answers a longer one with FRAME_TOO_LARGE without id',
    proves: ['§5.11', '§6', '§8'],
    async run(context) {
      const peer = await context.connect();
      const { frameBytesMax } = peer.ready.limits;
      if (frameBytesMax > 16_777_216) context.skip(`frameBytesMax is ${frameBytesMax}: too much to send`);
      const topic = context.topic();
      const sized = (sizeBytes: number) => {
        const frame = { type: 'publish', id: peer.newId(), topic, messageId: context.messageId(), payload: '' };
        const headBytes = bytesIn(written(context.encoding, { ...frame, payload: 'x'.repeat(70_000) })) - 70_000;
        // A short string has a shorter head in MessagePack.
        for (let length = Math.max(0, sizeBytes - headBytes); ; length++) {
          const body = written(context.encoding, { ...frame, payload: 'x'.repeat(length) });
          if (bytesIn(body) >= sizeBytes) return { id: frame.id, body };
        }
      };
      const longest = sized(frameBytesMax);
      peer.sendBody(longest.body);
      same('the answer to a frame of frameBytesMax bytes', (await peer.answer(longest.id)).type, 'ack');
      const mark = peer.mark;
      peer.sendBody(sized(frameBytesMax + 1).body);
      const [answer] = await peer.untilFrames(['error', 'ack'], 1, { since: mark });
      same('the id of the error', expectError(answer as never, 'FRAME_TOO_LARGE').id, undefined);
      await peer.barrier();
    },
  },
  {
    id: 'far-too-large',
    level,
    title: 'does not read a frame beyond frameBytesReadMax, and closes with 1009',
    proves: ['§7', '§8'],
    async run(context) {
      const { frameBytesReadMax } = context.settings.limits;
      const peer = await context.connect();
      peer.sendBody(written(context.encoding, { type: 'refresh', id: 1, token: 'x'.repeat(frameBytesReadMax + 1) }));
      await peer.untilClosed(1009);
    },
  },
  {
    id: 'too-many-bad-frames',
    level,
    title: 'closes with 4000 at the frame that makes badFramesMax that cannot be understood, and not before',
    proves: ['§6', '§7', '§8'],
    async run(context) {
      const { badFramesMax } = context.settings.limits;
      const peer = await context.connect();
      const bad = context.encoding === 'json' ? '{"type":"shout"}' : bytes(0x91, 0x70);
      for (let sent = 1; sent < badFramesMax; sent++) peer.sendBody(bad);
      await peer.untilFrames(['error'], badFramesMax - 1);
      await peer.barrier();
      peer.sendBody(bad);
      await peer.untilClosed(4000);
    },
  },
  {
    id: 'errors-touch-nobody-else',
    level,
    title: 'goes on after every refused request, on this connection and on others',
    proves: ['§5.11', '§6'],
    async run(context) {
      const peer = await context.connect();
      const other = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      await other.subscribe(topic);
      const messageId = context.messageId();
      await peer.refused({ type: 'subscribe', topic }, 'ALREADY_SUBSCRIBED');
      await peer.refused({ type: 'subscribe', topic: context.settings.deniedTopic }, 'ACL_DENIED');
      await peer.refused({ type: 'publish', topic, messageId, payload: 1, expectSeqNo: 99 }, 'SEQ_CONFLICT');
      peer.sendBody(context.encoding === 'json' ? '{' : bytes(0xc1));
      await peer.publish(topic, messageId, 'still here');
      for (const one of [peer, other]) same('data', (await one.untilMessages(topic, 1))[0]?.data, 'still here');
    },
  },
  {
    id: 'error-says-whether-to-retry',
    level,
    title: 'says in each error that a retry unchanged is of no use, where it is the client’s fault',
    proves: ['§5.11', '§6'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const denied = await peer.refused({ type: 'subscribe', topic: context.settings.deniedTopic }, 'ACL_DENIED');
      const missing = await peer.refused({ type: 'unsubscribe', topic }, 'NOT_SUBSCRIBED');
      same('retry', [denied.retry, missing.retry], [false, false]);
      must('a sentence for people', denied.message.length > 0 && missing.message.length > 0, [denied, missing]);
    },
  },
];

/** Sends the frame with an id and wants INVALID_FIELD with that id. */
async function refusesField(context: CheckContext, peer: VerifyPeer, frame: object): Promise<void> {
  const id = peer.newId();
  peer.sendBody(written(context.encoding, { ...frame, id }));
  const answer = await peer.answer(id, `error INVALID_FIELD with id ${id}`);
  if (answer.type === 'error' && answer.code === 'INVALID_FIELD') return;
  throw new Mismatch(`error INVALID_FIELD for ${JSON.stringify(frame)}`, JSON.stringify(answer));
}

/** No connection may send badFramesMax of them. */
function splitByBadFrames(frames: readonly object[], { settings }: CheckContext): readonly (readonly object[])[] {
  const size = settings.limits.badFramesMax - 1;
  const parts: object[][] = [];
  for (let start = 0; start < frames.length; start += size) parts.push(frames.slice(start, start + size));
  return parts;
}

function bytesIn(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length;
}
