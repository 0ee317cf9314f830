/** Mutants of integrity (I7). */

import { type Entry, TopicLog } from '@micro-socket/backbone/internals';
import { Publisher } from '@micro-socket/client/internals';
import { Ring, SubSocket } from '@micro-socket/gateway/internals';
import { codecFor, type FrameBody, type JsonValue } from '@micro-socket/protocol';
import { type Mutant, PerInstance, replaceGetter, replaceMethod } from './mutant.ts';

export const INTEGRITY_MUTANTS: readonly Mutant[] = [
  {
    name: 'payload-altered',
    breaks: 'I7',
    what: 'The second encoding of a topic carries another number in some messages.',
    apply: () =>
      replaceMethod(Ring.prototype, 'frameAt', (frameAt) => (ring, ordinal, kind, encode) => {
        return frameAt(ring, ordinal, kind, (entry) => encode(kind === 0 ? entry : altered(entry)));
      }),
  },
  {
    name: 'payload-of-another',
    breaks: 'I7',
    what: 'The engine stores some messages with the payload of the one before.',
    apply: () => {
      const payloads = new PerInstance<TopicLog, { last: JsonValue | undefined }>(() => ({ last: undefined }));
      return replaceMethod(TopicLog.prototype, 'append', (append) => (log, request, time) => {
        const before = payloads.of(log);
        const isMixedUp = before.last !== undefined && log.head.seqNo % 8 === 7;
        const payload = isMixedUp ? (before.last as JsonValue) : request.payload;
        before.last = request.payload;
        return append(log, { ...request, payload }, time);
      });
    },
  },
  {
    name: 'key-lost',
    breaks: 'I7',
    what: 'The engine stores some messages without their key.',
    apply: () =>
      replaceMethod(TopicLog.prototype, 'append', (append) => (log, request, time) => {
        return append(log, log.head.seqNo % 8 === 7 ? { ...request, key: undefined } : request, time);
      }),
  },
  {
    name: 'checksum-wrong',
    breaks: 'I7',
    what: 'A gateway begins a subscription with a checksum that does not fit those that follow.',
    apply: () =>
      replaceGetter(SubSocket.prototype, 'checksum', (checksum) => (subSocket) => (checksum(subSocket) + 1) >>> 0),
  },
  {
    name: 'resent-under-new-id',
    breaks: 'I7',
    what: 'A client that sends a publish again gives it another messageId.',
    apply: () => {
      const sentBy = new PerInstance<Publisher, Set<FrameBody>>(() => new Set());
      return replaceMethod(Publisher.prototype, 'attach', (attach) => (publisher, link, ready) => {
        const sent = sentBy.of(publisher);
        const renaming = {
          get bufferedBytes() {
            return link.bufferedBytes;
          },
          sendBody: (body: FrameBody) => {
            link.sendBody(sent.has(body) ? renamed(body) : body);
            sent.add(body);
          },
        };
        attach(publisher, renaming, ready);
      });
    },
  },
];

function altered(entry: Entry): Entry {
  const { payload, seqNo } = entry;
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload) || seqNo % 8 !== 0) return entry;
  return { ...entry, payload: { ...payload, n: seqNo } };
}

function renamed(body: FrameBody): FrameBody {
  const codec = codecFor(typeof body === 'string' ? 'json' : 'msgpack');
  const frame = codec.decode(body, 'client');
  return frame.type === 'publish' ? codec.encode({ ...frame, messageId: `${frame.messageId}-again` }) : body;
}
