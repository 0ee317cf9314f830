/** Gateways that break what the modes, snapshots, replays and checksums promise. */

import type { HeadFrame, MessageFrame, SubscribeFrame } from '@micro-socket/protocol';
import type { Fault, LinkFault, LinkPort } from './fault.ts';

export const stateFaults: readonly Fault[] = [
  {
    name: 'shows a latest subscription the message before the newest',
    caughtBy: 'latest',
    seenAs: /the newest.*as the last one/,
    apply: () => () =>
      ofMode('latest', () => {
        let held: MessageFrame | undefined;
        return (frame) => {
          const before = held;
          held = frame;
          return before === undefined ? [] : [before];
        };
      }),
  },
  {
    name: 'forgets that messages without a key are a key of their own',
    caughtBy: 'keyed',
    seenAs: /the newest.*as the last one/,
    apply: () => () => ofMode('keyed', () => (frame) => (frame.key === undefined ? [] : undefined)),
  },
  {
    name: 'goes back to an older message',
    caughtBy: 'latest',
    seenAs: /a seqNo above/,
    apply: () => () =>
      ofMode('latest', () => {
        let first: MessageFrame | undefined;
        return (frame) => {
          first ??= frame;
          return [frame, first];
        };
      }),
  },
  {
    name: 'ignores the rate that it agreed to',
    caughtBy: 'latest-at-a-rate',
    seenAs: /at most \d+ sendings/,
    apply: () => () => unbounded(),
  },
  {
    name: 'ignores the rate of keyed subscriptions',
    caughtBy: 'keyed-at-a-rate',
    seenAs: /at most \d+ sendings/,
    apply: () => () => unbounded(),
  },
  {
    name: 'rounds a rate up',
    caughtBy: 'rate-tiers',
    seenAs: /the tier of/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'subscribed' && frame.maxRateHz === 5 ? [{ ...frame, maxRateHz: 10 }] : undefined,
    }),
  },
  {
    name: 'answers modify and changes nothing',
    caughtBy: 'modify',
    seenAs: /the newest/,
    apply: () => () => {
      let port: LinkPort | undefined;
      return {
        start: (given) => {
          port = given;
        },
        fromClient: (frame) => {
          if (frame.type !== 'modify') return undefined;
          const { id, topic, maxRateHz } = frame;
          port?.toClient({ type: 'modified', id, topic, ...(maxRateHz === undefined ? {} : { maxRateHz: 20 }) });
          return [];
        },
      };
    },
  },
  {
    name: 'leaves an entry out of snapshots',
    caughtBy: 'snapshot',
    seenAs: /the entries/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'snapshot' && frame.entries.length > 1
          ? [{ ...frame, entries: frame.entries.slice(1) }]
          : undefined,
    }),
  },
  {
    name: 'sends a snapshot without its last part',
    caughtBy: 'snapshot-of-nothing',
    seenAs: /the last part of the snapshot/,
    apply: () => () => ({
      fromGateway: (frame) => (frame.type === 'snapshot' ? [{ ...frame, last: false }] : undefined),
    }),
  },
  {
    name: 'keeps what has expired in snapshots',
    caughtBy: 'snapshot-without-expired',
    seenAs: /a snapshot without the message/,
    apply: () => () => ({
      fromClient: (frame) => {
        if (frame.type !== 'publish') return undefined;
        const { ttlMs: _ttlMs, ...lasting } = frame;
        return [lasting];
      },
    }),
  },
  {
    name: 'loses the message after a snapshot',
    caughtBy: 'snapshot-under-load',
    seenAs: /of them in/,
    apply: () => () => {
      const fresh = new Set<string>();
      return {
        fromGateway: (frame) => {
          if (frame.type === 'snapshot') fresh.add(frame.topic as string);
          return frame.type === 'message' && fresh.delete(frame.topic as string) ? [] : undefined;
        },
      };
    },
  },
  {
    name: 'replays from one message too early',
    caughtBy: 'replay',
    seenAs: /messages: /,
    apply: () => () => ({
      fromClient: (frame) =>
        frame.type === 'replay' ? [{ ...frame, fromSeqNo: Math.max(0, frame.fromSeqNo - 1) }] : undefined,
    }),
  },
  {
    name: 'replays up to one message too early',
    caughtBy: 'replay',
    seenAs: /the seqNo of live/,
    apply: () => () => ({
      fromClient: (frame) =>
        frame.type === 'replay' && frame.toSeqNo !== undefined ? [{ ...frame, toSeqNo: frame.toSeqNo - 1 }] : undefined,
    }),
  },
  {
    name: 'reads from one message too early',
    caughtBy: 'read',
    seenAs: /the messages of the page/,
    apply: () => () => ({
      fromClient: (frame) =>
        frame.type === 'read' && typeof frame.from === 'object' && 'after' in frame.from
          ? [{ ...frame, from: { after: Math.max(0, frame.from.after - 1) } }]
          : undefined,
    }),
  },
  {
    name: 'breaks the chain of what it reads',
    caughtBy: 'read',
    seenAs: /prevSeqNo of the message/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'page'
          ? [{ ...frame, entries: frame.entries.map((entry) => ({ ...entry, prevSeqNo: 0 })) }]
          : undefined,
    }),
  },
  {
    name: 'says of every head that nothing was published',
    caughtBy: 'read-head',
    seenAs: /the head/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'page' && frame.entries.length === 0 ? [{ ...frame, seqNo: 0 }] : undefined,
    }),
  },
  {
    name: 'reads the history where the state was asked for',
    caughtBy: 'read-snapshot',
    seenAs: /the messages of the page/,
    apply: () => () => ({
      fromClient: (frame) =>
        frame.type === 'read' && frame.from === 'snapshot' ? [{ ...frame, from: { after: 0 } }] : undefined,
    }),
  },
  {
    name: 'takes every position for anchored when it is read from',
    caughtBy: 'read-anchored',
    seenAs: /anchored, at a position of another message/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'page' && frame.anchored === false ? [{ ...frame, anchored: true }] : undefined,
    }),
  },
  {
    name: 'does not say when a replay has ended',
    caughtBy: 'replay',
    seenAs: /an answer to replay.*nothing/,
    apply: () => () => ({
      fromGateway: (frame) => (frame.type === 'live' && frame.id !== undefined ? [] : undefined),
    }),
  },
  {
    name: 'says live where the history is gone',
    caughtBy: 'replay-of-what-is-gone',
    seenAs: /messages|the seqNo of live/,
    apply:
      ({ heads }) =>
      () => {
        let port: LinkPort | undefined;
        return {
          start: (given) => {
            port = given;
          },
          fromGateway: (frame) => {
            if (frame.type !== 'error' || frame.code !== 'HISTORY_GONE' || frame.id === undefined) return undefined;
            const request = port?.known.requests.get(frame.id);
            if (request === undefined || !('topic' in request)) return undefined;
            const { topic } = request;
            return [{ type: 'live', id: frame.id, topic, seqNo: heads.get(topic)?.seqNo ?? 0 }];
          },
        };
      },
  },
  {
    name: 'sends more than was confirmed',
    caughtBy: 'confirm-window',
    seenAs: /messages: /,
    apply: () => () => ({
      fromClient: (frame) => {
        if (frame.type !== 'subscribe') return undefined;
        const { confirmWindow: _confirmWindow, ...rest } = frame;
        return [rest];
      },
    }),
  },
  {
    name: 'never says where a quiet topic stands',
    caughtBy: 'head',
    seenAs: /head of .*nothing/,
    apply: () => () => ({ fromGateway: (frame) => (frame.type === 'head' ? [] : undefined) }),
  },
  {
    name: 'says the head before the message',
    caughtBy: 'head',
    seenAs: /after the head that covers it/,
    apply: () => () => {
      const epochs = new Map<string, string>();
      return {
        fromGateway: (frame) => {
          if (frame.type === 'subscribed') epochs.set(frame.topic, frame.epoch);
          if (frame.type !== 'message') return undefined;
          const { topic, alias, seqNo } = frame;
          const epoch = epochs.get(topic as string) ?? 'e';
          const head: HeadFrame = { type: 'head', epoch, seqNo };
          return [{ ...head, ...(topic && { topic }), ...(alias && { alias }) }, frame];
        },
      };
    },
  },
  {
    name: 'says a wrong checksum in head',
    caughtBy: 'checksum',
    seenAs: /how much the checksum has grown/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'head' && frame.checksum !== undefined
          ? [{ ...frame, checksum: (frame.checksum + frame.seqNo) % 2 ** 32 }]
          : undefined,
    }),
  },
  {
    name: 'says a wrong checksum in live',
    caughtBy: 'checksum-of-the-past',
    seenAs: /the checksum of live/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'live' && frame.checksum !== undefined
          ? [{ ...frame, checksum: (frame.checksum ^ 1) >>> 0 }]
          : undefined,
    }),
  },
  {
    name: 'alters a message, and says the checksum of what it was',
    caughtBy: 'checksum',
    seenAs: /how much the checksum has grown/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'message' && frame.data === -0.5 ? [{ ...frame, data: -0.25 }] : undefined,
    }),
  },
];

/** Changes the messages of subscriptions in one mode; `changing` makes the memory of one of them. */
function ofMode(
  mode: SubscribeFrame['mode'],
  changing: () => (frame: MessageFrame) => readonly MessageFrame[] | undefined,
): LinkFault {
  const changes = new Map<string, (frame: MessageFrame) => readonly MessageFrame[] | undefined>();
  return {
    fromClient: (frame) => {
      if (frame.type === 'subscribe' && frame.mode === mode) changes.set(frame.topic, changing());
      return undefined;
    },
    fromGateway: (frame) => (frame.type === 'message' ? changes.get(frame.topic as string)?.(frame) : undefined),
  };
}

/** Takes the rate out of subscribe, and puts it into subscribed. */
function unbounded(): LinkFault {
  const rates = new Map<string, number>();
  return {
    fromClient: (frame) => {
      if (frame.type !== 'subscribe' || frame.maxRateHz === undefined) return undefined;
      const { maxRateHz, ...rest } = frame;
      rates.set(frame.topic, maxRateHz);
      return [rest];
    },
    fromGateway: (frame) => {
      const maxRateHz = frame.type === 'subscribed' ? rates.get(frame.topic) : undefined;
      return maxRateHz === undefined || frame.type !== 'subscribed' ? undefined : [{ ...frame, maxRateHz }];
    },
  };
}
