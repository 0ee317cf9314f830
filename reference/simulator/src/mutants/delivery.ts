/** Mutants of delivery (I4): acknowledging, the join of history and live, rings, slow readers, and what is told of a loss. */

import { MemoryBackbone, TopicLog } from '@micro-socket/backbone/internals';
import { Delivery, Receiver } from '@micro-socket/client/internals';
import { type Member, Outlet, Publishing, Ring, SubSocket } from '@micro-socket/gateway/internals';
import { type Codec, codecFor, type Position } from '@micro-socket/protocol';
import { type Mutant, PerInstance, replaceMethod, undoAll } from './mutant.ts';

/** An outlet that has this much unsent loses what is written to it. */
const LOSES_FROM_BYTES = 1_024;

export const DELIVERY_MUTANTS: readonly Mutant[] = [
  {
    name: 'ack-before-store',
    breaks: 'I4',
    what: 'A gateway acknowledges a publish at the position that it will probably have, and has it stored meanwhile.',
    apply: () => {
      const headsOf = new PerInstance<Publishing, Map<string, Position>>(() => new Map());
      return replaceMethod(Publishing.prototype, 'publish', (publish) => async (publishing, principal, publication) => {
        const { topic, messageId } = publication;
        const heads = headsOf.of(publishing);
        const head = heads.get(topic);
        const stored = publish(publishing, principal, publication).then((result) => {
          heads.set(topic, result.position);
          return result;
        });
        if (head === undefined) return stored;
        stored.catch(() => {});
        const position = { epoch: head.epoch, seqNo: head.seqNo + 1, messageId };
        heads.set(topic, position);
        return { status: 'ok', position };
      });
    },
  },
  {
    name: 'ack-without-store',
    breaks: 'I4',
    what: 'The engine acknowledges some publishes that it does not store.',
    apply: () =>
      replaceMethod(MemoryBackbone.prototype, 'publish', (publish) => async (backbone, request) => {
        const { topic, messageId } = request;
        if (!messageId.endsWith('7')) return publish(backbone, request);
        const { epoch, seqNo } = await backbone.head(topic);
        return { status: 'ok', position: { epoch, seqNo: seqNo + 1, messageId } };
      }),
  },
  {
    // The gateway sees the hole and does not send it, so whoever is behind comes again and again and never catches up.
    name: 'read-starts-late',
    breaks: 'liveness',
    what: 'Reading the history begins one message too late.',
    apply: () =>
      replaceMethod(
        TopicLog.prototype,
        'read',
        (read) =>
          (log, { afterSeqNo, limit }) =>
            read(log, { afterSeqNo: afterSeqNo + 1, limit }),
      ),
  },
  {
    name: 'eviction-untold',
    breaks: 'I4',
    what: 'What is left of the history is read as if nothing before it had been given up.',
    apply: () =>
      replaceMethod(MemoryBackbone.prototype, 'read', (read) => async (backbone, topic, range) => {
        const [first, ...others] = await read(backbone, topic, range);
        if (first === undefined) return [];
        return [{ ...first, prevSeqNo: Math.min(first.prevSeqNo, range.afterSeqNo) }, ...others];
      }),
  },
  {
    name: 'join-at-head',
    breaks: 'I4',
    what: 'A subscription is live at once, and what lies between its beginning and the head is not sent.',
    apply: () =>
      replaceMethod(SubSocket.prototype, 'join', (join) => (subSocket, owner, plan, seqNo) => {
        return join(subSocket, owner, plan, Math.max(seqNo, subSocket.head.seqNo));
      }),
  },
  {
    name: 'ring-starts-late',
    breaks: 'I4',
    what: 'Whoever is served from the ring begins one message too late.',
    apply: () =>
      replaceMethod(Ring.prototype, 'ordinalAfter', (ordinalAfter) => (ring, seqNo) => {
        const ordinal = ordinalAfter(ring, seqNo);
        return ordinal !== undefined && ordinal + 1 < ring.head ? ordinal + 1 : ordinal;
      }),
  },
  {
    name: 'ring-overrun-unnoticed',
    breaks: 'I4',
    what: 'Whoever needs a message that has left the ring is served from the oldest one that is still there.',
    apply: () =>
      replaceMethod(Ring.prototype, 'ordinalAfter', (ordinalAfter) => (ring, seqNo) => {
        const ordinal = ordinalAfter(ring, seqNo);
        return ordinal === undefined && ring.tail < ring.head ? ring.tail : ordinal;
      }),
  },
  {
    name: 'slow-reader-skipped',
    breaks: 'I4',
    what: 'A reader that was slow goes on at the head, without a word of what it missed.',
    apply: () => {
      const wereLive = new WeakSet<Member>();
      return replaceMethod(SubSocket.prototype, 'serve', (serve) => (subSocket, member, room, onSent) => {
        if (wereLive.has(member) && !member.windowed) member.lastSeqNo = subSocket.head.seqNo;
        const standing = serve(subSocket, member, room, onSent);
        if (standing === 'live') wereLive.add(member);
        return standing;
      });
    },
  },
  {
    name: 'full-socket-loses',
    breaks: 'I4',
    what: 'What is written to a socket that has much to send is thrown away.',
    apply: () =>
      replaceMethod(
        Outlet.prototype,
        'write',
        (write) => (outlet, frames) => outlet.bufferedBytes > LOSES_FROM_BYTES || write(outlet, frames),
      ),
  },
  {
    name: 'head-too-far',
    breaks: 'I4',
    what: 'The head beacon names a message that does not exist yet.',
    // A sub-socket tells nobody where it makes its beacons, but each is encoded by one of these.
    apply: () => {
      const tooFar = (codec: Codec) =>
        replaceMethod(
          codec,
          'encode',
          (encode) => (self, frame) =>
            encode(self, frame.type === 'head' ? { ...frame, seqNo: frame.seqNo + 1 } : frame),
        );
      return undoAll(tooFar(codecFor('json')), tooFar(codecFor('msgpack')));
    },
  },
  {
    name: 'gaps-not-noticed',
    breaks: 'I4',
    what: 'A client takes whatever message comes next, without a look at prevSeqNo.',
    apply: () => {
      const lasts = new PerInstance<Receiver, { seqNo: number }>(() => ({ seqNo: Number.POSITIVE_INFINITY }));
      return replaceMethod(Receiver.prototype, 'message', (message) => (receiver, frame) => {
        const last = lasts.of(receiver);
        message(receiver, { ...frame, prevSeqNo: Math.min(frame.prevSeqNo, last.seqNo) });
        last.seqNo = frame.seqNo;
      });
    },
  },
  {
    name: 'loss-untold',
    breaks: 'I4',
    what: 'A client does not tell its program that messages are missing.',
    apply: () =>
      replaceMethod(Delivery.prototype, 'tell', (tell) => (delivery, gap) => {
        if (gap.epochChanged) tell(delivery, gap);
      }),
  },
  {
    name: 'loss-told-short',
    breaks: 'I4',
    what: 'A client tells its program of one missing message too few.',
    apply: () =>
      replaceMethod(
        Delivery.prototype,
        'tell',
        (tell) => (delivery, gap) => tell(delivery, { ...gap, afterSeqNo: gap.afterSeqNo + 1 }),
      ),
  },
  {
    name: 'new-epoch-untold',
    breaks: 'I4',
    what: 'A client does not tell its program that the topic has begun another history.',
    apply: () =>
      replaceMethod(Delivery.prototype, 'tell', (tell) => (delivery, gap) => {
        if (!gap.epochChanged) tell(delivery, gap);
      }),
  },
  {
    name: 'conflation-unmarked',
    breaks: 'I4',
    what: 'A message before which others were left out is given without the mark that says so.',
    apply: () =>
      replaceMethod(
        Delivery.prototype,
        'give',
        (give) => (delivery, frame, epoch) => give(delivery, frame, epoch, false),
      ),
  },
];
