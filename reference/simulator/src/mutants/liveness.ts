/** Mutants after which something never comes right. */

import { TopicState } from '@micro-socket/backbone/internals';
import { Feed, Link, Publisher } from '@micro-socket/client/internals';
import { Cohort, SubSocket, Subscription, Subscriptions } from '@micro-socket/gateway/internals';
import type { Position } from '@micro-socket/protocol';
import { type Mutant, replaceMethod } from './mutant.ts';

export const LIVENESS_MUTANTS: readonly Mutant[] = [
  {
    name: 'publish-never-answered',
    breaks: 'liveness',
    what: 'A client forgets to answer some calls of publish.',
    apply: () =>
      replaceMethod(Publisher.prototype, 'publish', (publish) => (publisher, encoded) => {
        const receipt = publish(publisher, encoded);
        return encoded.id % 16 === 0 ? receipt.then(() => new Promise<never>(() => {})) : receipt;
      }),
  },
  {
    name: 'new-epoch-unnoticed',
    breaks: 'liveness',
    what: 'A gateway drops the messages of a new epoch in place of sending everybody away.',
    apply: () =>
      replaceMethod(SubSocket.prototype, 'append', (append) => (subSocket, entry) => {
        // Not known while the sub-socket is opening.
        const head = subSocket.head as Position | undefined;
        if (head === undefined || head.epoch === entry.epoch) append(subSocket, entry);
      }),
  },
  {
    name: 'slow-reader-forgotten',
    breaks: 'liveness',
    what: 'A reader that was slow is not served again when it has caught up.',
    apply: () => replaceMethod(Subscriptions.prototype, 'catchUp', () => () => {}),
  },
  {
    name: 'confirm-ignored',
    breaks: 'liveness',
    what: 'A gateway does not go on when a subscriber has confirmed.',
    apply: () => replaceMethod(Subscription.prototype, 'confirm', () => () => {}),
  },
  {
    name: 'silence-unnoticed',
    breaks: 'liveness',
    what: 'A client waits for a gateway that says nothing any more.',
    apply: () =>
      replaceMethod(Link.prototype, 'accept', (accept) => (link, ready) => accept(link, { ...ready, heartbeatMs: 0 })),
  },
  {
    name: 'subscription-forgotten',
    breaks: 'liveness',
    what: 'A client does not ask again for a subscription that its gateway has ended.',
    apply: () =>
      replaceMethod(Feed.prototype, 'ask', (ask) => (feed) => {
        if (!feed.wasLive) ask(feed);
      }),
  },
  {
    name: 'snapshot-misses-key',
    breaks: 'liveness',
    what: 'The state of a topic is given without the key that has changed least recently.',
    apply: () =>
      replaceMethod(TopicState.prototype, 'entriesAt', (entriesAt) => (state, now) => {
        const entries = entriesAt(state, now);
        return entries.length > 1 ? entries.slice(1) : entries;
      }),
  },
  {
    name: 'conflation-keeps-oldest',
    breaks: 'liveness',
    what: 'Of the messages that wait for a paced delivery, the oldest one is kept in place of the newest.',
    apply: () =>
      replaceMethod(Cohort.prototype, 'wait', (wait) => (cohort, entry) => {
        const key = cohort.portion === 'newest' ? '' : (entry.key ?? '');
        if (!cohort.waiting.has(key)) wait(cohort, entry);
      }),
  },
  {
    name: 'conflation-keeps-place',
    breaks: 'liveness',
    what: 'Of the messages that wait for a paced delivery, a newer one goes out in the place of the older one.',
    apply: () =>
      replaceMethod(Cohort.prototype, 'wait', () => (cohort, entry) => {
        cohort.waiting.set(cohort.portion === 'newest' ? '' : (entry.key ?? ''), entry);
      }),
  },
];
