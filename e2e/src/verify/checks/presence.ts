/** Who is there: §4.8. */

import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import { expectType, type VerifyPeer } from '../peer.ts';
import { settle, snapshotOf } from '../traffic.ts';

const level = 'durable';

export const presenceChecks: readonly Check[] = [
  {
    id: 'presence',
    level,
    title: 'tells those who watch a topic who enters, what they show there, and who leaves',
    proves: ['§4.8'],
    async run(context) {
      const { topic, watcher, watched } = await watchedTopic(context);
      const member = await entered(context, topic, { mood: 'new' });
      const { sessionId } = member.ready;
      const [first] = await watcher.untilMessages(watched, 1);
      const { user } = (first?.data ?? {}) as { user?: string };
      must('the user’s name', typeof user === 'string' && user !== '', first?.data);
      same('the key', first?.key, `${user}/${sessionId}`);
      same('the payload', first?.data, { user, sessionId, data: { mood: 'new' } });

      const changes: readonly (readonly ['update' | 'enter' | 'leave', unknown])[] = [
        ['update', { mood: 'better' }],
        ['update', undefined],
        ['enter', 'again'],
        ['leave', undefined],
      ];
      for (const [index, [action, data]] of changes.entries()) {
        const body = { type: 'presence', topic, action, ...(data === undefined ? {} : { data }) } as const;
        const ack = await member.ask(body, 'ack');
        const message = (await watcher.untilMessages(watched, index + 2))[index + 1];
        same('key and position', [message?.key, message?.seqNo], [first?.key, ack.seqNo]);
        // What an update does not say is no longer shown.
        same('the payload', message?.data, action === 'leave' ? null : { user, sessionId, data: data ?? null });
      }
    },
  },
  {
    id: 'presence-snapshot',
    level,
    title: 'gives everybody who is there to one who comes later, and two sessions of one user twice',
    proves: ['§4.8', '§5.6'],
    async run(context) {
      const topic = context.topic();
      const members = [await entered(context, topic, 1), await entered(context, topic, 2)];
      const gone = await entered(context, topic, 3);
      await gone.ask({ type: 'presence', topic, action: 'leave' }, 'ack');
      const watcher = await context.connect();
      const watched = `${topic}.~presence`;
      const entries = await snapshotOf(
        watcher,
        watched,
        await watcher.subscribe(watched, { mode: 'keyed', from: 'snapshot' }),
      );
      const sessions = entries.map(({ data }) => (data as { sessionId?: string }).sessionId);
      same(
        'the sessions',
        sessions,
        members.map(({ ready }) => ready.sessionId),
      );
    },
  },
  {
    id: 'occupancy',
    level,
    title: 'counts users and sessions in the occupancy topic',
    proves: ['§4.8'],
    async run(context) {
      const topic = context.topic();
      const watcher = await context.connect();
      const counted = `${topic}.~occupancy`;
      await watcher.subscribe(counted);
      const untilCounts = (users: number, sessions: number) =>
        watcher.until(
          `{ users: ${users}, sessions: ${sessions} } in ${counted}`,
          () => {
            const counts = watcher.messages(counted).at(-1)?.data as { users?: number; sessions?: number } | undefined;
            return counts?.users === users && counts.sessions === sessions ? true : undefined;
          },
          () => JSON.stringify(watcher.messages(counted).at(-1)?.data ?? null),
        );
      const first = await entered(context, topic, 1);
      await untilCounts(1, 1);
      const second = await entered(context, topic, 2);
      await untilCounts(1, 2);
      await first.ask({ type: 'presence', topic, action: 'leave' }, 'ack');
      await untilCounts(1, 1);
      await second.ask({ type: 'presence', topic, action: 'leave' }, 'ack');
      await untilCounts(0, 0);
    },
  },
  {
    id: 'presence-refusals',
    level,
    title: 'refuses update and leave without enter with NOT_PRESENT, and what is not granted with ACL_DENIED',
    proves: ['§4.8', 'I1'],
    async run(context) {
      const topic = context.topic();
      const member = await entered(context, topic, 1);
      await member.ask({ type: 'presence', topic, action: 'leave' }, 'ack');
      await member.refused({ type: 'presence', topic, action: 'leave' }, 'NOT_PRESENT');
      await member.refused({ type: 'presence', topic, action: 'update', data: 2 }, 'NOT_PRESENT');
      const { deniedTopic } = context.settings;
      await member.refused({ type: 'presence', topic: deniedTopic, action: 'enter' }, 'ACL_DENIED');
      await member.refused({ type: 'subscribe', topic: `${deniedTopic}.~presence` }, 'ACL_DENIED');
      await member.refused({ type: 'subscribe', topic: `${deniedTopic}.~occupancy` }, 'ACL_DENIED');
    },
  },
  {
    id: 'presence-is-not-published',
    level,
    title: 'lets nobody publish to the presence and occupancy topics',
    proves: ['§4.8', 'I1'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      for (const derived of [`${topic}.~presence`, `${topic}.~occupancy`]) {
        const body = { type: 'publish', topic: derived, messageId: context.messageId(), payload: null } as const;
        await peer.refused(body, 'ACL_DENIED');
      }
    },
  },
  {
    id: 'presence-of-a-reader',
    level,
    title: 'refuses to let one enter who may only read, and lets it watch',
    proves: ['§4.8', 'I1'],
    async run(context) {
      const reader = await context.connect({ as: 'reader' });
      const topic = context.topic();
      await reader.refused({ type: 'presence', topic, action: 'enter' }, 'ACL_DENIED');
      await reader.subscribe(`${topic}.~presence`);
      await entered(context, topic, 1);
      await reader.untilMessages(`${topic}.~presence`, 1);
    },
  },
  {
    id: 'presence-of-a-resumed-session',
    level,
    title: 'tells nobody of a session whose connection was lost and that was resumed in time',
    proves: ['§4.8', '§4.7'],
    async run(context) {
      const { topic, watcher, watched } = await watchedTopic(context);
      const member = await entered(context, topic, 'here');
      await watcher.untilMessages(watched, 1);
      member.drop();
      const again = await context.connect({ setup: false });
      await context.resume(again, member.ready, []);
      await settle(context, again, watcher);
      same('the number of changes', watcher.messages(watched).length, 1);
      // The session is still present: it can say so without entering again.
      await again.ask({ type: 'presence', topic, action: 'update', data: 'still here' }, 'ack');
      const [, second] = await watcher.untilMessages(watched, 2);
      same('the change', (second?.data as { data?: unknown } | null)?.data, 'still here');
    },
  },
  {
    id: 'presence-ends-with-1000',
    level,
    title: 'lets a session leave at once when its client closes with 1000',
    proves: ['§4.8', '§7'],
    async run(context) {
      const { topic, watcher, watched } = await watchedTopic(context);
      const member = await entered(context, topic, 'here');
      await watcher.untilMessages(watched, 1);
      await member.leave();
      const [, second] = await watcher.untilMessages(watched, 2);
      same('the payload', second?.data, null);
    },
  },
  {
    id: 'presence-grace',
    level,
    waits: true,
    title: 'lets a session leave whose connection was lost and that was not resumed in time',
    proves: ['§4.8', '§8'],
    async run(context) {
      context.needPatience('presenceGraceMs', context.settings.limits.presenceGraceMs);
      const { topic, watcher, watched } = await watchedTopic(context);
      const member = await entered(context, topic, 'here');
      await watcher.untilMessages(watched, 1);
      member.drop();
      const [, second] = await watcher.untilMessages(watched, 2);
      same('the payload', second?.data, null);
    },
  },
];

interface Watched {
  readonly topic: string;
  readonly watcher: VerifyPeer;
  /** The presence topic of `topic`. */
  readonly watched: string;
}

async function watchedTopic(context: CheckContext): Promise<Watched> {
  const topic = context.topic();
  const watcher = await context.connect();
  const watched = `${topic}.~presence`;
  await watcher.subscribe(watched);
  return { topic, watcher, watched };
}

/** A connection of its own that has entered the topic. Skips when the token does not allow it. */
async function entered(context: CheckContext, topic: string, data: unknown): Promise<VerifyPeer> {
  const peer = await context.connect();
  const answer = await peer.request({ type: 'presence', topic, action: 'enter', data });
  if (answer.type === 'error' && answer.code === 'ACL_DENIED') {
    context.skip('it needs the grant presence on verify.>');
  }
  must('a position', expectType(answer, 'ack').seqNo > 0, answer);
  return peer;
}
