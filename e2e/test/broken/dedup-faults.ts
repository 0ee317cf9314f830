/** Gateways that break I2. */

import type { PublishFrame } from '@micro-socket/protocol';
import type { Fault, LinkFault, LinkPort } from './fault.ts';

export const dedupFaults: readonly Fault[] = [
  {
    name: 'skips dedup',
    caughtBy: 'duplicate',
    seenAs: /the statuses: \["ok","duplicate"\].*\["ok","ok"\]/,
    apply: () => storedAgain((frame, seen) => seen.has(keyOf(frame))),
  },
  {
    name: 'keeps dedup per connection',
    caughtBy: 'duplicate-elsewhere',
    seenAs: /status and position.*"ok"/,
    apply: () => storedAgain((frame, seen, link) => (seen.get(keyOf(frame)) ?? link) !== link),
  },
  {
    name: 'looks for duplicates only among what is stored already',
    caughtBy: 'racing-duplicates',
    seenAs: /how many were ok: 1/,
    apply: ({ acks }) => storedAgain((frame, seen) => seen.has(keyOf(frame)) && !acks.has(keyOf(frame))),
  },
  {
    name: 'takes other content for a duplicate',
    caughtBy: 'conflict',
    seenAs: /MESSAGE_ID_CONFLICT.*"duplicate"/,
    apply:
      ({ acks }) =>
      () => {
        let port: LinkPort | undefined;
        return {
          start: (given) => {
            port = given;
          },
          fromGateway: (frame) => {
            if (frame.type !== 'error' || frame.code !== 'MESSAGE_ID_CONFLICT') return undefined;
            const request = port?.known.requests.get(frame.id as number) as PublishFrame;
            const first = acks.get(keyOf(request));
            return first && [{ ...first, id: request.id, status: 'duplicate' }];
          },
        };
      },
  },
  {
    name: 'remembers the messageId of a publish that it refused',
    caughtBy: 'refused-is-not-remembered',
    seenAs: /ack.*MESSAGE_ID_CONFLICT/,
    apply: () => {
      const refused = new Set<string>();
      return () => {
        let port: LinkPort | undefined;
        return {
          start: (given) => {
            port = given;
          },
          fromClient: (frame) => {
            if (frame.type !== 'publish' || !refused.has(keyOf(frame))) return undefined;
            const { id } = frame;
            port?.toClient({ type: 'error', id, code: 'MESSAGE_ID_CONFLICT', message: 'It was used.', retry: false });
            return [];
          },
          fromGateway: (frame) => {
            const request = frame.type === 'error' ? port?.known.requests.get(frame.id ?? -1) : undefined;
            if (request?.type === 'publish') refused.add(keyOf(request));
            return undefined;
          },
        };
      };
    },
  },
  {
    name: 'ignores expectSeqNo',
    caughtBy: 'expect-seq-no',
    seenAs: /SEQ_CONFLICT.*"type":"ack"/,
    apply: () => () => ({
      fromClient: (frame) => {
        if (frame.type !== 'publish') return undefined;
        const { expectSeqNo: _expectSeqNo, ...rest } = frame;
        return [rest];
      },
    }),
  },
];

/** Gives the publishes that `isForgotten` names a messageId of their own, so that the gateway stores them once more. */
function storedAgain(
  isForgotten: (frame: PublishFrame, seen: ReadonlyMap<string, LinkFault>, link: LinkFault) => boolean,
): () => LinkFault {
  const seen = new Map<string, LinkFault>();
  let fresh = 0;
  return () => {
    const givenId = new Map<string, string>();
    const link: LinkFault = {
      fromClient: (frame) => {
        if (frame.type !== 'publish') return undefined;
        const again = isForgotten(frame, seen, link);
        if (!seen.has(keyOf(frame))) seen.set(keyOf(frame), link);
        if (!again) return undefined;
        fresh += 1;
        const messageId = `again-${fresh}`;
        givenId.set(messageId, frame.messageId);
        return [{ ...frame, messageId }];
      },
      fromGateway: (frame) => {
        const given = frame.type === 'ack' ? givenId.get(frame.messageId) : undefined;
        return given === undefined || frame.type !== 'ack' ? undefined : [{ ...frame, messageId: given }];
      },
    };
    return link;
  };
}

function keyOf({ topic, messageId }: PublishFrame): string {
  return `${topic} ${messageId}`;
}
