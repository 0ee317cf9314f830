/** Gateways that break I3 and I4: what is stored, in which order it comes, and whether it does. */

import type { ClientFrame, GatewayFrame, MessageFrame } from '@micro-socket/protocol';
import type { Fault, LinkFault, LinkPort } from './fault.ts';

export const orderFaults: readonly Fault[] = [
  {
    name: 'swaps two messages for one subscriber',
    caughtBy: 'one-order-for-all',
    seenAs: /messages: /,
    apply: () => {
      let links = 0;
      return () => {
        links += 1;
        return links % 2 === 0 ? swapping() : {};
      };
    },
  },
  {
    name: 'names a wrong prevSeqNo',
    caughtBy: 'chain',
    seenAs: /a message with prevSeqNo/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'message' && frame.prevSeqNo > 1 ? [{ ...frame, prevSeqNo: frame.prevSeqNo - 1 }] : undefined,
    }),
  },
  {
    name: 'stores what a connection sent in another order',
    caughtBy: 'publisher-order',
    seenAs: /a seqNo above/,
    apply: () => () => {
      let held: ClientFrame | undefined;
      let count = 0;
      return {
        fromClient: (frame) => {
          if (frame.type !== 'publish') return undefined;
          count += 1;
          if (count % 7 === 0) {
            held = frame;
            return [];
          }
          const released = held === undefined ? [frame] : [frame, held];
          held = undefined;
          return released;
        },
      };
    },
  },
  {
    name: 'delivers a message twice',
    caughtBy: 'acknowledged-reaches-all',
    seenAs: /messages: /,
    apply: () => () => everyNth(20, (frame) => [frame, frame]),
  },
  {
    name: 'drops a message and says nothing',
    caughtBy: 'acknowledged-reaches-all',
    seenAs: /150 messages.*of them in/,
    apply: () => () => everyNth(20, () => []),
  },
  {
    name: 'acknowledges a message before it is stored, and loses it',
    caughtBy: 'acknowledged-reaches-all',
    seenAs: /150 messages.*of them in/,
    apply:
      ({ heads }) =>
      () => {
        let port: LinkPort | undefined;
        let count = 0;
        return {
          start: (given) => {
            port = given;
          },
          fromClient: (frame) => {
            const head = frame.type === 'publish' ? heads.get(frame.topic) : undefined;
            if (frame.type !== 'publish' || head === undefined) return undefined;
            count += 1;
            if (count % 20 !== 0) return undefined;
            const { id, messageId } = frame;
            port?.toClient({ type: 'ack', id, messageId, status: 'ok', epoch: head.epoch, seqNo: head.seqNo + 1 });
            return [];
          },
        };
      },
  },
  {
    name: 'misses what is published while a subscription begins',
    caughtBy: 'subscribing-under-load',
    seenAs: /of them in/,
    apply: () => () => {
      const fresh = new Set<string>();
      return {
        fromGateway: (frame) => {
          if (frame.type === 'subscribed') fresh.add(frame.topic);
          // Topics that nobody has published to yet are no case of a subscription under load.
          if (frame.type !== 'message' || frame.prevSeqNo === 0) return undefined;
          return fresh.delete(frame.topic as string) ? [] : undefined;
        },
      };
    },
  },
  {
    name: 'says nothing to a reader that fell out of the history',
    caughtBy: 'slow-stream',
    seenAs: /every message, or lagged.*nothing/,
    apply: () => () => ({
      fromGateway: (frame) => (frame.type === 'lagged' || frame.type === 'unsubscribed' ? [] : undefined),
    }),
  },
  {
    name: 'names a wrong gap to a reader that fell out of the history',
    caughtBy: 'slow-stream',
    seenAs: /what lagged names/,
    apply: () => () => ({
      fromGateway: (frame) => (frame.type === 'lagged' ? [{ ...frame, toSeqNo: frame.toSeqNo - 1 }] : undefined),
    }),
  },
  {
    name: 'begins behind the head that subscribed names',
    caughtBy: 'starts-at-head',
    seenAs: /the position/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'subscribed' && frame.seqNo > 0 ? [{ ...frame, seqNo: frame.seqNo - 1 }] : undefined,
    }),
  },
  {
    name: 'sends messages after unsubscribed',
    caughtBy: 'unsubscribe',
    seenAs: /no message of the topic after unsubscribed/,
    apply: () => () => {
      let port: LinkPort | undefined;
      const live = new Set<string>();
      return {
        start: (given) => {
          port = given;
        },
        fromClient: (frame) => {
          if (frame.type !== 'unsubscribe' || !live.delete(frame.topic)) return undefined;
          port?.toClient({ type: 'unsubscribed', id: frame.id, topic: frame.topic, reason: 'asked' });
          return [];
        },
        fromGateway: (frame) => {
          if (frame.type === 'subscribed') live.add(frame.topic);
          return undefined;
        },
      };
    },
  },
  {
    name: 'sends one more of the newest messages than were asked for',
    caughtBy: 'last',
    seenAs: /seqNo and headSeqNo/,
    apply: () => () => lastOf((last) => Math.min(1_000, last + 1)),
  },
  {
    name: 'keeps fewer messages than it says',
    caughtBy: 'retention-is-kept',
    seenAs: /messages: /,
    apply: () => () => lastOf((last) => Math.min(300, last)),
  },
];

/** Does something with every n-th message of a connection. */
function everyNth(n: number, change: (frame: MessageFrame) => readonly GatewayFrame[]): LinkFault {
  let count = 0;
  return {
    fromGateway: (frame) => {
      if (frame.type !== 'message') return undefined;
      count += 1;
      return count % n === 0 ? change(frame) : undefined;
    },
  };
}

/** Lets every 20th message wait for the one after it. */
function swapping(): LinkFault {
  let held: MessageFrame | undefined;
  let count = 0;
  return {
    fromGateway: (frame) => {
      if (frame.type !== 'message') return undefined;
      count += 1;
      if (count % 20 === 19) {
        held = frame;
        return [];
      }
      const both = held === undefined ? undefined : [frame, held];
      held = undefined;
      return both;
    },
  };
}

function lastOf(change: (last: number) => number): LinkFault {
  return {
    fromClient: (frame) => {
      if (frame.type !== 'subscribe' || typeof frame.from !== 'object' || !('last' in frame.from)) return undefined;
      return [{ ...frame, from: { last: change(frame.from.last) } }];
    },
  };
}
