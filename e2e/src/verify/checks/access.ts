/** I1: nothing in and nothing out for those who may not. */

import type { Check } from '../check.ts';
import { must, same } from '../expect.ts';
import { expectError } from '../peer.ts';
import { settle } from '../traffic.ts';

const level = 'core';

export const accessChecks: readonly Check[] = [
  {
    id: 'subscribe-denied',
    level,
    title: 'refuses a subscription without a grant with ACL_DENIED, wherever it is to begin',
    proves: ['I1', '§4.2'],
    async run(context) {
      const peer = await context.connect();
      const { deniedTopic } = context.settings;
      for (const from of ['live', 'snapshot', { last: 10 }, { epoch: 'e', seqNo: 0 }] as const) {
        const error = await peer.refused({ type: 'subscribe', topic: deniedTopic, from }, 'ACL_DENIED');
        same('the topic of the error, if it names one', error.topic ?? deniedTopic, deniedTopic);
      }
      const replay = await peer.request({ type: 'replay', topic: deniedTopic, fromSeqNo: 0 });
      must(
        'a refusal of the replay',
        replay.type === 'error' && /^(NOT_SUBSCRIBED|ACL_DENIED)$/.test(replay.code),
        replay,
      );
      await peer.barrier();
      same('messages of the denied topic', peer.messages(deniedTopic).length, 0);
    },
  },
  {
    id: 'publish-denied',
    level,
    title: 'refuses a publish without a grant with ACL_DENIED, also when it is sent again',
    proves: ['I1', '§4.4'],
    async run(context) {
      const peer = await context.connect();
      const { deniedTopic: topic } = context.settings;
      const messageId = context.messageId();
      const error = await peer.refused({ type: 'publish', topic, messageId, payload: 'forged' }, 'ACL_DENIED');
      same('the topic of the error, if it names one', error.topic ?? topic, topic);
      // A repeat of what was refused is not a duplicate of anything.
      await peer.refused({ type: 'publish', topic, messageId, payload: 'forged' }, 'ACL_DENIED');
    },
  },
  {
    id: 'setup-topics-denied',
    level,
    title: 'checks the topics named in setup like any other, and subscribes to those that it may',
    proves: ['I1', '§4.1'],
    async run(context) {
      const peer = await context.connect({ setup: false });
      const topic = context.topic();
      const { deniedTopic } = context.settings;
      await peer.setUp({ ...context.credentials(), topics: [deniedTopic, topic] });
      const answers = await peer.untilFrames(['subscribed', 'error'], 2);
      const denied = answers.find((answer) => answer.topic === deniedTopic);
      same('the id of the error', expectError(denied as never, 'ACL_DENIED').id, undefined);
      same('the other answer', answers.find((answer) => answer.topic === topic)?.type, 'subscribed');
    },
  },
  {
    id: 'reader-may-not-publish',
    level,
    title: 'refuses the publish of one who may only read, stores nothing of it, and lets it read',
    proves: ['I1', '§4.4'],
    async run(context) {
      const writer = await context.connect();
      const reader = await context.connect({ as: 'reader' });
      const topic = context.topic();
      await reader.subscribe(topic);
      await reader.refused({ type: 'publish', topic, messageId: context.messageId(), payload: 'forged' }, 'ACL_DENIED');
      await writer.publish(topic, context.messageId(), 'real');
      const [message] = await reader.untilMessages(topic, 1);
      same('the first message', [message?.prevSeqNo, message?.data], [0, 'real']);
      await settle(context, writer, reader);
      same('the number of messages', reader.messages(topic).length, 1);
    },
  },
];
