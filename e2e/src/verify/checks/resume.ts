/** I6: a session goes on where it was, or says that it does not. §4.1, §4.7, §5.14, §9.5, §9.7. */

import type { MessageFrame, ReadyFrame } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import { expectError, type VerifyPeer } from '../peer.ts';
import {
  lastOf,
  type Published,
  positionOf,
  publishMany,
  sameMessages,
  settle,
  startPublishing,
  unbrokenChain,
} from '../traffic.ts';

const level = 'durable';

/** How often a session is resumed while others publish, and how many messages they publish. */
const RESUMES = 5;
const UNDER_LOAD_MAX = 300;

export const resumeChecks: readonly Check[] = [
  {
    id: 'resume-in-setup',
    level,
    title:
      'restores a session and its subscriptions in setup: every message after the position, then live, then what is new',
    proves: ['I6', '§4.1', '§4.7', '§5.2', '§9.5'],
    async run(context) {
      const { topic, publisher, ready, seen, missed } = await leftBehind(context);
      const peer = await context.connect({ setup: false });
      const from = positionOf(lastOf(seen));
      const again = await context.resume(peer, ready, [{ topic, from }]);
      same('the session of ready', again.sessionId, ready.sessionId);
      await wasRecovered(context, { peer, publisher, topic, seen, missed });
    },
  },
  {
    id: 'resume-before-topics',
    level,
    title: 'begins the subscriptions of a resumed session before those of setup.topics',
    proves: ['§4.1', '§4.7'],
    async run(context) {
      const { topic, ready, seen, missed } = await leftBehind(context);
      const peer = await context.connect({ setup: false });
      const { sessionId, resumeKey } = ready;
      const resume = { sessionId, resumeKey, subscriptions: [{ topic, from: positionOf(lastOf(seen)) }] };
      await peer.setUp({ ...context.credentials(), topics: [topic], resume });
      const answers = await peer.untilFrames(['subscribed', 'error'], 2, { topic });
      const subscribed = answers.find(({ type }) => type === 'subscribed');
      same('recovered', subscribed?.type === 'subscribed' && subscribed.recovered, 'full');
      expectError(answers.find(({ type }) => type === 'error') as never, 'ALREADY_SUBSCRIBED');
      await peer.first('live', { topic });
      sameMessages(peer.messages(topic), missed);
    },
  },
  {
    id: 'resume-by-frame',
    level,
    title: 'restores a session on a connection that had one of its own',
    proves: ['I6', '§4.7', '§5.14'],
    async run(context) {
      const { topic, publisher, ready, seen, missed } = await leftBehind(context);
      const peer = await context.connect();
      const subscriptions = [{ topic, from: positionOf(lastOf(seen)) }];
      const { sessionId, resumeKey } = ready;
      const resumed = await peer.ask({ type: 'resume', sessionId, resumeKey, subscriptions }, 'resumed');
      same('the session', resumed.sessionId, sessionId);
      must('a key', resumed.resumeKey.length > 0, resumed.resumeKey);
      await wasRecovered(context, { peer, publisher, topic, seen, missed });
    },
  },
  {
    id: 'resume-again',
    level,
    title: 'takes the new key of a resumed session, and the old one as well',
    proves: ['I6', '§5.14'],
    async run(context) {
      const first = await context.connect();
      const { ready } = first;
      first.drop();
      const second = await context.connect({ setup: false });
      const newer = await context.resume(second, ready, []);
      second.drop();
      for (const key of [newer, ready]) {
        const peer = await context.connect({ setup: false });
        same('the session', (await context.resume(peer, key, [])).sessionId, ready.sessionId);
        peer.drop();
      }
    },
  },
  {
    id: 'resume-wrong-key',
    level,
    title:
      'refuses a session with a wrong key, or that does not exist, with SESSION_INVALID, and then takes another setup',
    proves: ['I6', 'I1', '§4.1', '§4.7'],
    async run(context) {
      const owner = await context.connect();
      const other = await context.connect();
      const { sessionId, resumeKey } = owner.ready;
      const wrong = [
        { sessionId, resumeKey: other.ready.resumeKey },
        { sessionId, resumeKey: altered(resumeKey) },
        { sessionId: other.ready.sessionId, resumeKey },
        { sessionId: altered(sessionId), resumeKey },
      ];
      const topic = context.topic();
      for (const session of wrong) {
        const peer = await context.connect({ setup: false });
        const resume = { ...session, subscriptions: [{ topic }] };
        peer.send({ type: 'setup', protocol: 1, ...context.credentials(), resume });
        const [answer] = await peer.untilFrames(['error', 'ready'], 1);
        expectError(answer as never, 'SESSION_INVALID');
        await peer.refused({ type: 'subscribe', topic }, 'SETUP_REQUIRED');
        await peer.setUp(context.credentials());
        must('another session', peer.ready.sessionId !== sessionId, peer.ready.sessionId);
        const own = peer.ready;
        await peer.refused({ type: 'resume', ...session, subscriptions: [] }, 'SESSION_INVALID');
        same('the session of the connection', peer.ready.sessionId, own.sessionId);
        await peer.subscribe(topic);
      }
      await owner.barrier();
    },
  },
  {
    id: 'resume-other-user',
    level,
    title: 'does not give a session to another user, even with its key',
    proves: ['I6', 'I1', '§4.7'],
    async run(context) {
      const owner = await context.connect();
      const thief = await context.connect({ as: 'reader' });
      const { sessionId, resumeKey } = owner.ready;
      await thief.refused({ type: 'resume', sessionId, resumeKey, subscriptions: [] }, 'SESSION_INVALID');
      const inSetup = await context.connect({ setup: false });
      const resume = { sessionId, resumeKey, subscriptions: [] };
      inSetup.send({ type: 'setup', protocol: 1, ...context.credentials('reader'), resume });
      const [answer] = await inSetup.untilFrames(['error', 'ready'], 1);
      expectError(answer as never, 'SESSION_INVALID');
      await owner.barrier();
    },
  },
  {
    id: 'resume-after-subscribe',
    level,
    title: 'refuses resume on a connection that has a subscription with ALREADY_SUBSCRIBED',
    proves: ['§4.7'],
    async run(context) {
      const old = await context.connect();
      const peer = await context.connect();
      await peer.subscribe(context.topic());
      const { sessionId, resumeKey } = old.ready;
      await peer.refused({ type: 'resume', sessionId, resumeKey, subscriptions: [] }, 'ALREADY_SUBSCRIBED');
      await old.barrier();
    },
  },
  {
    id: 'resume-denied-topic',
    level,
    title: 'checks the topics of a resumed session like any other',
    proves: ['I1', 'I6', '§4.7'],
    async run(context) {
      const old = await context.connect();
      const peer = await context.connect({ setup: false });
      const { deniedTopic } = context.settings;
      const topic = context.topic();
      await context.resume(peer, old.ready, [{ topic: deniedTopic, from: { epoch: 'e', seqNo: 0 } }, { topic }]);
      const answers = await peer.untilFrames(['subscribed', 'error'], 2);
      const denied = answers.find((answer) => answer.topic === deniedTopic);
      same('the id of the error', expectError(denied as never, 'ACL_DENIED').id, undefined);
      same('the other answer', answers.find((answer) => answer.topic === topic)?.type, 'subscribed');
      await peer.barrier();
      same('messages of the denied topic', peer.messages(deniedTopic).length, 0);
    },
  },
  {
    id: 'takeover',
    level,
    title: 'closes the old connection of a resumed session with 4005, and serves the new one',
    proves: ['I6', '§4.7', '§7', '§9.7'],
    async run(context) {
      const publisher = await context.connect();
      const old = await context.connect();
      const topic = context.topic();
      const { epoch, seqNo } = await old.subscribe(topic);
      const peer = await context.connect({ setup: false });
      await context.resume(peer, old.ready, [{ topic, from: { epoch, seqNo } }]);
      await old.untilClosed(4005);
      const published = await publishMany(context, publisher, topic, 3);
      sameMessages(await peer.untilMessages(topic, 3), published);
      same('messages on the old connection', old.messages(topic).length, 0);
    },
  },
  {
    id: 'resume-under-load',
    level,
    title: `brings every message once, in order, to a session that is resumed ${RESUMES} times while others publish`,
    proves: ['I6', 'I4', 'I3', '§9.5'],
    async run(context) {
      const publisher = await context.connect();
      const topic = context.topic();
      const count = Math.min(UNDER_LOAD_MAX, Math.floor(publisher.ready.retention.messagesMax / 2));
      let peer = await context.connect();
      const { epoch } = await peer.subscribe(topic);
      const sending = startPublishing(context, publisher, topic, count);
      const got: MessageFrame[] = [];
      for (let resumes = 1; resumes <= RESUMES + 1; resumes++) {
        const share = Math.ceil((count * resumes) / (RESUMES + 1));
        const messages = await peer.untilMessages(topic, Math.max(0, share - got.length));
        if (resumes > RESUMES) break;
        got.push(...messages);
        const { ready } = peer;
        const last = got.at(-1);
        const from = last === undefined ? { epoch, seqNo: 0 } : { epoch, seqNo: last.seqNo, messageId: last.messageId };
        peer.drop();
        peer = await context.connect({ setup: false });
        await context.resume(peer, ready, [{ topic, from }]);
        same('recovered', (await peer.first('subscribed', { topic })).recovered, 'full');
      }
      const published = await sending;
      await settle(context, publisher, peer);
      got.push(...peer.messages(topic));
      sameMessages(got, published);
      unbrokenChain({ seqNo: 0 }, got);
    },
  },
  {
    id: 'publish-without-an-answer',
    level,
    title: 'stores a publish once whose ack was lost with the connection, whenever it is sent again',
    proves: ['I2', 'I4', '§9.1'],
    async run(context) {
      const reader = await context.connect();
      const topic = context.topic();
      await reader.subscribe(topic);
      const sent: { messageId: string; payload: number }[] = [];
      for (let n = 0; n < 10; n++) {
        const publisher = await context.connect();
        const message = { messageId: context.messageId(), payload: n };
        publisher.send({ type: 'publish', id: 1, topic, ...message });
        publisher.drop();
        sent.push(message);
      }
      const publisher = await context.connect();
      for (const { messageId, payload } of sent) await publisher.publish(topic, messageId, payload);
      await settle(context, publisher, reader);
      const messages = reader.messages(topic);
      same(
        'the messageIds',
        messages.map(({ messageId }) => messageId).toSorted(),
        sent.map((one) => one.messageId).toSorted(),
      );
    },
  },
];

/** What a session had got of a topic, and what was published after its connection was lost. */
interface LeftBehind {
  readonly topic: string;
  readonly publisher: VerifyPeer;
  readonly ready: ReadyFrame;
  readonly seen: readonly Published[];
  readonly missed: readonly Published[];
}

async function leftBehind(context: CheckContext): Promise<LeftBehind> {
  const publisher = await context.connect();
  const reader = await context.connect();
  const topic = context.topic();
  await reader.subscribe(topic);
  const seen = await publishMany(context, publisher, topic, 5);
  await reader.untilMessages(topic, seen.length);
  reader.drop();
  const missed = await publishMany(context, publisher, topic, 5);
  return { topic, publisher, ready: reader.ready, seen, missed };
}

/** The answer is `full`, and then come what was missed, live, and what is new, each once and without a hole. */
async function wasRecovered(
  context: CheckContext,
  { peer, publisher, topic, seen, missed }: Omit<LeftBehind, 'ready'> & { readonly peer: VerifyPeer },
): Promise<void> {
  const last = lastOf(seen);
  const head = lastOf(missed).ack.seqNo;
  const subscribed = await peer.first('subscribed', { topic });
  const { id, epoch, seqNo, messageId, recovered, headSeqNo } = subscribed;
  const expected = { id: undefined, ...positionOf(last), recovered: 'full', headSeqNo: head };
  same('subscribed', { id, epoch, seqNo, messageId, recovered, headSeqNo }, expected);
  const live = await peer.first('live', { topic });
  same('live', { id: live.id, seqNo: live.seqNo }, { id: undefined, seqNo: head });
  sameMessages(peer.messages(topic), missed);
  const next = await publishMany(context, publisher, topic, 3);
  const messages = await peer.untilMessages(topic, missed.length + next.length);
  await settle(context, publisher, peer);
  sameMessages(messages, [...missed, ...next]);
  unbrokenChain(subscribed, messages);
}

/** The same text with another last character. */
function altered(text: string): string {
  return `${text.slice(0, -1)}${text.endsWith('a') ? 'b' : 'a'}`;
}
