/** Gateways that break I6, and what sessions promise besides. */

import type { ClientFrame, GatewayFrame, SubscriptionRequest } from '@micro-socket/protocol';
import type { Fault, LinkFault, LinkPort } from './fault.ts';
import type { Knowledge } from './knowledge.ts';

type Position = { readonly epoch: string; readonly seqNo: number; readonly messageId?: string };

export const resumeFaults: readonly Fault[] = [
  {
    name: 'resumes without looking for the anchor',
    caughtBy: 'gap-live',
    seenAs: /subscribed for another messageId.*"full"/,
    apply:
      ({ stored }) =>
      () =>
        changedPositions((topic, from) => ({ ...from, ...stored.get(`${topic} ${from.seqNo}`) })),
  },
  {
    name: 'does not compare epochs',
    caughtBy: 'gap-live',
    seenAs: /subscribed for another epoch.*"full"/,
    apply:
      ({ heads }) =>
      () =>
        changedPositions((topic, from) => ({ ...from, epoch: heads.get(topic)?.epoch ?? from.epoch })),
  },
  {
    name: 'says full where there is a gap',
    caughtBy: 'gap-in-resume',
    seenAs: /recovered: "gap"|recovered: gap/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'subscribed' && frame.recovered === 'gap' ? [{ ...frame, recovered: 'full' }] : undefined,
    }),
  },
  {
    name: 'subscribes where a gap was to be refused',
    caughtBy: 'gap-reject',
    seenAs: /POSITION_GONE.*"subscribed"/,
    apply: () => () => withoutOnGap(),
  },
  {
    name: 'begins live where a gap was to be a snapshot',
    caughtBy: 'gap-snapshot',
    seenAs: /recovered: snapshot.*gap/,
    apply: () => () => withoutOnGap(),
  },
  {
    name: 'leaves out the first message after the position',
    caughtBy: 'resume-in-setup',
    seenAs: /messages: /,
    apply: () => () => firstAfterPosition(() => []),
  },
  {
    name: 'repeats the first message after the position',
    caughtBy: 'resume-by-frame',
    seenAs: /messages: /,
    apply: () => () => firstAfterPosition((frame) => [frame, frame]),
  },
  {
    name: 'loses a message at each resume under load',
    caughtBy: 'resume-under-load',
    seenAs: /of them in|messages: /,
    apply: () => () => firstAfterPosition(() => []),
  },
  {
    name: 'does not say live after a resume',
    caughtBy: 'resume-in-setup',
    seenAs: /live of .*nothing/,
    apply: () => () => ({ fromGateway: (frame) => (frame.type === 'live' ? [] : undefined) }),
  },
  {
    name: 'leaves the old connection of a session open',
    caughtBy: 'takeover',
    seenAs: /4005.*still open/,
    apply: () => () => ({ keepsOpenAfter: 4005 }),
  },
  {
    name: 'does not look at the key of a session',
    caughtBy: 'resume-wrong-key',
    seenAs: /SESSION_INVALID.*"type":"ready"/,
    apply: (known) => () => ({ fromClient: (frame) => withRightKey(frame, known) }),
  },
  {
    name: 'gives a session to another user',
    caughtBy: 'resume-other-user',
    seenAs: /SESSION_INVALID.*"type":"resumed"/,
    apply: () => () => {
      let port: LinkPort | undefined;
      return {
        start: (given) => {
          port = given;
        },
        fromGateway: (frame) => {
          const request = frame.type === 'error' ? port?.known.requests.get(frame.id ?? -1) : undefined;
          if (request?.type !== 'resume') return undefined;
          const { id, sessionId, resumeKey } = request;
          return [{ type: 'resumed', id, sessionId, resumeKey }];
        },
      };
    },
  },
  {
    name: 'begins a new session where one was to be resumed',
    caughtBy: 'resume-in-setup',
    seenAs: /the session of ready/,
    apply: () => () => ({
      fromClient: (frame) => {
        if (frame.type !== 'setup' || frame.resume === undefined) return undefined;
        const { resume: _resume, ...rest } = frame;
        return [rest];
      },
    }),
  },
  {
    name: 'lets a session leave as soon as its connection is lost',
    caughtBy: 'presence-of-a-resumed-session',
    seenAs: /the number of changes: 1/,
    apply: () => () => ({ closeOfClient: (code) => (code === 3001 ? 1000 : code) }),
  },
  {
    name: 'keeps a session present that has closed with 1000',
    caughtBy: 'presence-ends-with-1000',
    seenAs: /2 messages of .*presence.*1 of them/,
    apply: () => () => ({ closeOfClient: (code) => (code === 1000 ? 3001 : code) }),
  },
  {
    name: 'counts one session too many',
    caughtBy: 'occupancy',
    seenAs: /users: 1, sessions: 1/,
    apply: () => () => ({
      fromGateway: (frame) => {
        if (frame.type !== 'message' || !frame.topic?.endsWith('.~occupancy')) return undefined;
        const counts = frame.data as { users: number; sessions: number };
        return [{ ...frame, data: { ...counts, sessions: counts.sessions + 1 } }];
      },
    }),
  },
  {
    name: 'lets clients publish to presence topics',
    caughtBy: 'presence-is-not-published',
    seenAs: /ACL_DENIED.*"type":"ack"/,
    apply: () => () => {
      let port: LinkPort | undefined;
      return {
        start: (given) => {
          port = given;
        },
        fromGateway: (frame) => {
          const request = frame.type === 'error' ? port?.known.requests.get(frame.id ?? -1) : undefined;
          if (request?.type !== 'publish' || !request.topic.includes('.~')) return undefined;
          const { id, messageId } = request;
          return [{ type: 'ack', id, messageId, status: 'ok', epoch: 'e', seqNo: 1 }];
        },
      };
    },
  },
  {
    name: 'takes the token of another user',
    caughtBy: 'refresh-of-another-user',
    seenAs: /AUTH_FAILED.*"type":"refreshed"/,
    apply: () => () => refreshAnyway(),
  },
  {
    name: 'takes a token that is not valid',
    caughtBy: 'refresh-with-a-bad-token',
    seenAs: /AUTH_FAILED.*"type":"refreshed"/,
    apply: () => () => refreshAnyway(),
  },
];

function changedPositions(change: (topic: string, from: Position) => Position): LinkFault {
  const changed = <Request extends SubscriptionRequest>(request: Request): Request => {
    const { topic, from } = request;
    return typeof from === 'object' && 'seqNo' in from ? { ...request, from: change(topic, from) } : request;
  };
  return {
    fromClient: (frame) => {
      if (frame.type === 'subscribe') return [changed(frame)];
      if (frame.type === 'resume') return [{ ...frame, subscriptions: frame.subscriptions.map(changed) }];
      if (frame.type !== 'setup' || frame.resume === undefined) return undefined;
      return [{ ...frame, resume: { ...frame.resume, subscriptions: frame.resume.subscriptions.map(changed) } }];
    },
  };
}

function withoutOnGap(): LinkFault {
  return {
    fromClient: (frame) => {
      if (frame.type !== 'subscribe') return undefined;
      const { onGap: _onGap, ...rest } = frame;
      return [rest];
    },
  };
}

/** Does something with the first message of each subscription that was recovered and had missed something. */
function firstAfterPosition(change: (frame: GatewayFrame) => readonly GatewayFrame[]): LinkFault {
  const fresh = new Set<string>();
  return {
    fromGateway: (frame) => {
      if (frame.type === 'subscribed' && frame.recovered === 'full' && frame.headSeqNo > frame.seqNo) {
        fresh.add(frame.topic);
      }
      return frame.type === 'message' && fresh.delete(frame.topic as string) ? change(frame) : undefined;
    },
  };
}

function withRightKey(frame: ClientFrame, { keyBySession }: Knowledge): readonly ClientFrame[] | undefined {
  if (frame.type === 'resume') {
    return [{ ...frame, resumeKey: keyBySession.get(frame.sessionId) ?? frame.resumeKey }];
  }
  if (frame.type !== 'setup' || frame.resume === undefined) return undefined;
  const { resume } = frame;
  return [{ ...frame, resume: { ...resume, resumeKey: keyBySession.get(resume.sessionId) ?? resume.resumeKey } }];
}

function refreshAnyway(): LinkFault {
  let port: LinkPort | undefined;
  return {
    start: (given) => {
      port = given;
    },
    fromGateway: (frame) => {
      const request = frame.type === 'error' ? port?.known.requests.get(frame.id ?? -1) : undefined;
      return request?.type === 'refresh' ? [{ type: 'refreshed', id: request.id }] : undefined;
    },
  };
}
