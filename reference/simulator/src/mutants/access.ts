/** Mutants of access control (I1). */

import { Publishing, Session, SessionKeys, Subscription } from '@micro-socket/gateway/internals';
import { SimPolicy } from '../nodes/sim-policy.ts';
import { type Mutant, replaceMethod, undoAll } from './mutant.ts';

export const ACCESS_MUTANTS: readonly Mutant[] = [
  {
    name: 'publish-unchecked',
    breaks: 'I1',
    what: 'A gateway stores what anybody publishes, without asking whether they may.',
    apply: () => replaceMethod(Publishing.prototype, 'requireGrant', () => () => {}),
  },
  {
    // The gateway asks by a function, which has no prototype; so the one that it asks answers in its place.
    name: 'read-unchecked',
    breaks: 'I1',
    what: 'Everybody may read every topic: the answer to the question is always yes.',
    apply: () =>
      replaceMethod(
        SimPolicy.prototype,
        'authorize',
        (authorize) => (policy, principal, action, topic) =>
          action === 'subscribe' || authorize(policy, principal, action, topic),
      ),
  },
  {
    name: 'revocation-unnoticed',
    breaks: 'I1',
    what: 'When a grant is withdrawn, what is already subscribed goes on.',
    apply: () => replaceMethod(Session.prototype, 'recheckAccess', () => () => {}),
  },
  {
    name: 'token-expiry-ignored',
    breaks: 'I1',
    what: 'A connection is not ended when its token expires.',
    apply: () =>
      replaceMethod(Session.prototype, 'end', (end) => (session, name, reason) => {
        if (name !== 'TOKEN_EXPIRED') end(session, name, reason);
      }),
  },
  {
    name: 'denied-still-served',
    breaks: 'I1',
    what: 'A subscription that was ended is told so, but stays among those that are served.',
    apply: () => replaceMethod(Subscription.prototype, 'end', () => () => {}),
  },
  {
    name: 'resume-keeps-access',
    breaks: 'I1',
    what: 'A resumed session gets its subscriptions back without being asked whether it may still read.',
    apply: () => {
      let isResuming = false;
      return undoAll(
        replaceMethod(SessionKeys.prototype, 'check', (check) => (keys, sessionId, user, resumeKey, now) => {
          const identity = check(keys, sessionId, user, resumeKey, now);
          isResuming = identity !== undefined;
          // A session that was adopted asks for its subscriptions in the same turn.
          Promise.resolve().then(() => {
            isResuming = false;
          });
          return identity;
        }),
        replaceMethod(
          SimPolicy.prototype,
          'authorize',
          (authorize) => (policy, principal, action, topic) =>
            (isResuming && action === 'subscribe') || authorize(policy, principal, action, topic),
        ),
      );
    },
  },
];
