/** Mutants of resuming (I6): anchors, and whose a session is. */

import { MemoryBackbone, TopicLog } from '@micro-socket/backbone/internals';
import { Session, SessionKeys, Subscription } from '@micro-socket/gateway/internals';
import { type Mutant, replaceMethod, undoAll } from './mutant.ts';

export const RESUME_MUTANTS: readonly Mutant[] = [
  {
    name: 'anchor-skipped',
    breaks: 'I6',
    what: 'Every position is taken to stand in the log.',
    apply: () => replaceMethod(MemoryBackbone.prototype, 'anchor', () => async () => true),
  },
  {
    name: 'anchor-by-number',
    breaks: 'I6',
    what: 'A position stands in the log if its number does, whichever message has that number now.',
    apply: () =>
      replaceMethod(TopicLog.prototype, 'anchors', (anchors) => (log, position) => {
        const { epoch, seqNo } = position;
        if (seqNo === 0) return anchors(log, position);
        const [entry] = log.read({ afterSeqNo: seqNo - 1, limit: 1 });
        return epoch === log.head.epoch && entry?.seqNo === seqNo;
      }),
  },
  {
    name: 'always-full',
    breaks: 'I6',
    what: 'Whoever asks to go on from a position is told that nothing is missing.',
    apply: () =>
      replaceMethod(Subscription.prototype, 'subscribed', (subscribed) => (subscription, id, start) => {
        const asked = subscription.plan.beginning.at === 'position';
        return subscribed(subscription, id, asked ? { ...start, recovered: 'full' } : start);
      }),
  },
  {
    name: 'resume-key-unchecked',
    breaks: 'I6',
    what: 'A session is resumed with any key.',
    apply: () =>
      replaceMethod(SessionKeys.prototype, 'check', () => (_keys, sessionId, user, _resumeKey, now) => ({
        sessionId,
        user,
        beganAt: now,
      })),
  },
  {
    name: 'resume-user-unchecked',
    breaks: 'I6',
    what: 'A session is resumed by anybody who has its key, whoever they are.',
    apply: () => {
      const users = new Map<string, string>();
      return undoAll(
        replaceMethod(SessionKeys.prototype, 'keyOf', (keyOf) => (keys, identity) => {
          users.set(identity.sessionId, identity.user);
          return keyOf(keys, identity);
        }),
        replaceMethod(
          SessionKeys.prototype,
          'check',
          (check) => (keys, sessionId, user, resumeKey, now) =>
            check(keys, sessionId, users.get(sessionId) ?? user, resumeKey, now),
        ),
      );
    },
  },
  {
    name: 'takeover-skipped',
    breaks: 'I6',
    what: 'The older connection of a session goes on being served when another one has resumed it.',
    apply: () => replaceMethod(Session.prototype, 'takenOver', () => () => {}),
  },
];
