/** How a connection begins: §4.1 and §5.1. */

import type { Check } from '../check.ts';
import { must, same } from '../expect.ts';
import { expectError } from '../peer.ts';
import { written } from '../raw.ts';

const level = 'core';

export const setupChecks: readonly Check[] = [
  {
    id: 'setup-ready',
    level,
    title: 'answers setup with ready, which names a session of its own for each connection',
    proves: ['§4.1', '§5.1'],
    async run(context) {
      const one = await context.connect();
      const other = await context.connect();
      same('the first frame', one.arrivals[0]?.frame.type, 'ready');
      must('another sessionId', one.ready.sessionId !== other.ready.sessionId, other.ready);
      must('another resumeKey', one.ready.resumeKey !== other.ready.resumeKey, other.ready);
      const { frameBytesMax, topicsPerConnectionMax, unacknowledgedPublishesMax } = one.ready.limits;
      const areAbove0 = frameBytesMax > 0 && topicsPerConnectionMax > 0 && unacknowledgedPublishesMax > 0;
      must('limits above 0', areAbove0 && one.ready.heartbeatMs > 0, one.ready);
    },
  },
  {
    id: 'before-setup',
    level,
    title: 'answers every frame before setup with SETUP_REQUIRED, and still accepts setup afterwards',
    proves: ['§4.1', 'I1'],
    async run(context) {
      const peer = await context.connect({ setup: false });
      const topic = context.topic();
      await peer.refused({ type: 'subscribe', topic }, 'SETUP_REQUIRED');
      await peer.refused({ type: 'publish', topic, messageId: context.messageId(), payload: 1 }, 'SETUP_REQUIRED');
      peer.send({ type: 'pong', time: 1 });
      const [, , third] = await peer.untilFrames(['error'], 3);
      expectError(third as never, 'SETUP_REQUIRED');
      await peer.setUp(context.credentials());
      same('the head of the topic', (await peer.subscribe(topic)).headSeqNo, 0);
    },
  },
  {
    id: 'second-setup',
    level,
    title: 'answers a second setup with ALREADY_SET_UP, and goes on',
    proves: ['§4.1'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      const mark = peer.mark;
      peer.send({ type: 'setup', protocol: 1, ...context.credentials() });
      const [answer] = await peer.untilFrames(['error', 'ready'], 1, { since: mark });
      expectError(answer as never, 'ALREADY_SET_UP');
      await peer.publish(topic, context.messageId(), 1);
      await peer.untilMessages(topic, 1);
    },
  },
  {
    id: 'setup-may-be-sent-again',
    level,
    title: 'accepts a setup after one that it refused for its form',
    proves: ['§4.1'],
    async run(context) {
      const peer = await context.connect({ setup: false });
      peer.sendBody(written(context.encoding, { type: 'setup', protocol: 1, token: 7 }));
      expectError(await peer.first('error'), 'INVALID_FIELD');
      await peer.setUp(context.credentials());
    },
  },
  {
    id: 'other-version',
    level,
    title:
      'answers another protocol version with VERSION_UNSUPPORTED, whatever else the frame holds, and closes with 4001',
    proves: ['§4.1', '§7'],
    async run(context) {
      const peer = await context.connect({ setup: false });
      peer.sendBody(written(context.encoding, { type: 'setup', protocol: 2, token: { kind: 'new' } }));
      expectError(await peer.first('error'), 'VERSION_UNSUPPORTED');
      await peer.untilClosed(4001);
    },
  },
  {
    id: 'wrong-token',
    level,
    title: 'refuses a token that it does not know with AUTH_FAILED, and closes with 4004',
    proves: ['§4.1', '§7', 'I1'],
    async run(context) {
      const peer = await context.connect({ setup: false });
      peer.send({ type: 'setup', protocol: 1, token: `no-such-token-${context.messageId()}` });
      const [answer] = await peer.untilFrames(['error', 'ready'], 1);
      expectError(answer as never, 'AUTH_FAILED');
      await peer.untilClosed(4004);
    },
  },
  {
    id: 'setup-topics',
    level,
    title: 'subscribes to the topics named in setup, after ready and without id',
    proves: ['§4.1', '§5.2'],
    async run(context) {
      const peer = await context.connect({ setup: false });
      const topics = [context.topic(), context.topic()];
      await peer.setUp({ ...context.credentials(), topics });
      const answers = await peer.untilFrames(['subscribed', 'error'], 2);
      same('the topics', answers.map(({ topic }) => topic).toSorted(), topics.toSorted());
      for (const answer of answers) same('type and id', [answer.type, answer.id], ['subscribed', undefined]);
      await peer.publish(topics[0] as string, context.messageId(), 'first');
      await peer.untilMessages(topics[0] as string, 1);
    },
  },
  {
    id: 'setup-deadline',
    level,
    waits: true,
    title: 'closes a connection that sends no setup in time with 4003',
    proves: ['§4.1', '§7', '§8'],
    async run(context) {
      context.needPatience('setupDeadlineMs', context.settings.limits.setupDeadlineMs);
      const peer = await context.connect({ setup: false });
      await peer.untilClosed(4003);
    },
  },
];
