/** What is beside the WebSocket of a gateway: §11. Answers to HTTP do not depend on the encoding, so they are asked for once. */

import type { Encoding } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import { type HttpAnswer, http } from '../http.ts';
import { Mismatch } from '../mismatch.ts';
import { expectError } from '../peer.ts';
import { publishMany, sameMessages } from '../traffic.ts';

const level = 'durable';
const encodings: readonly Encoding[] = ['json'];

export const httpChecks: readonly Check[] = [
  {
    id: 'topic-in-the-path',
    level,
    title:
      'subscribes to the topic in the path of a WebSocket as if it were named in setup, and checks it like any other',
    proves: ['§11', '§4.1', 'I1'],
    async run(context) {
      const topic = context.topic();
      const { peer } = await context.connectWebSocket(`/sub/${topic}`);
      const subscribed = await peer.first('subscribed', { topic });
      same('the id of subscribed', subscribed.id, undefined);
      const published = await publishMany(context, peer, topic, 2);
      sameMessages(await peer.untilMessages(topic, 2), published);
      const { deniedTopic } = context.settings;
      const { peer: denied } = await context.connectWebSocket(`/sub/${deniedTopic}`);
      const [answer] = await denied.untilFrames(['subscribed', 'error'], 1);
      const error = expectError(answer as never, 'ACL_DENIED');
      same('the topic and the id of the error', [error.topic, error.id], [deniedTopic, undefined]);
    },
  },
  {
    id: 'http-health',
    level,
    title: 'answers GET /health, /stats and /openapi.json with JSON, and GET /metrics for Prometheus',
    proves: ['§11'],
    encodings,
    async run(context) {
      context.needWebSocket();
      for (const path of ['/health', '/stats', '/openapi.json']) {
        const answer = await http(context.settings, { path });
        same(`the status of ${path}`, answer.status, 200);
        objectIn(answer);
      }
      const metrics = await http(context.settings, { path: '/metrics' });
      same('the status of /metrics', metrics.status, 200);
      must('lines of a name and a number', /^[a-zA-Z_:][\w:]*(\{.*\})? [-+\d.eE]+/m.test(metrics.text), metrics.text);
    },
  },
  {
    id: 'http-publish',
    level,
    title: 'publishes what is posted with the rules of publish: 201, 200 for a duplicate, 409 for a conflict',
    proves: ['§11', '§4.4', 'I2'],
    encodings,
    async run(context) {
      context.needWebSocket();
      const reader = await context.connect();
      const topic = context.topic();
      await reader.subscribe(topic);
      const messageId = context.messageId();
      const body = { payload: { n: 1 }, messageId, key: 'k' };
      const created = await post(context, topic, body);
      same('the status', created.status, 201);
      const { status, seqNo, epoch } = objectIn(created);
      const [message] = await reader.untilMessages(topic, 1);
      same('the answer', [status, seqNo, objectIn(created)['messageId']], ['ok', message?.seqNo, messageId]);
      same('the message', [message?.data, message?.key], [body.payload, body.key]);
      const again = await post(context, topic, body);
      const { status: statusAgain, seqNo: seqNoAgain, epoch: epochAgain } = objectIn(again);
      same('the repeat', [again.status, statusAgain, seqNoAgain, epochAgain], [200, 'duplicate', seqNo, epoch]);
      const conflict = await post(context, topic, { ...body, payload: { n: 2 } });
      same('the conflict', [conflict.status, objectIn(conflict)['code']], [409, 'MESSAGE_ID_CONFLICT']);
      const frame = { type: 'publish', topic, messageId, payload: body.payload, key: 'k' } as const;
      same('the repeat as a frame', (await reader.ask(frame, 'ack')).status, 'duplicate');
    },
  },
  {
    id: 'http-publish-refusals',
    level,
    title:
      'refuses by HTTP what it refuses as a frame: 403 without the grant, 401 for a wrong token, 400 for a wrong body',
    proves: ['§11', 'I1'],
    encodings,
    async run(context) {
      context.needWebSocket();
      const topic = context.topic();
      const denied = await post(context, context.settings.deniedTopic, { payload: 1 });
      same('without the grant', [denied.status, objectIn(denied)['code']], [403, 'ACL_DENIED']);
      const stranger = await post(context, topic, { payload: 1 }, `no-such-token-${context.messageId()}`);
      same('with a wrong token', [stranger.status, objectIn(stranger)['code']], [401, 'AUTH_FAILED']);
      const wrong = await post(context, topic, { payload: 1, messageId: 'has space' });
      same('with a wrong body', [wrong.status, objectIn(wrong)['code']], [400, 'INVALID_FIELD']);
      must(
        'a problem document',
        /application\/problem\+json/.test(String(wrong.headers['content-type'])),
        wrong.headers,
      );
      const peer = await context.connect();
      same('the head of the topic', (await peer.subscribe(topic)).headSeqNo, 0);
    },
  },
];

function post(
  context: CheckContext,
  topic: string,
  body: object,
  token: string | undefined = context.settings.token,
): Promise<HttpAnswer> {
  return http(context.settings, {
    method: 'POST',
    path: `/topics/${encodeURIComponent(topic)}/messages`,
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
}

function objectIn({ text }: HttpAnswer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new Mismatch('a JSON object', text === '' ? 'nothing' : text.slice(0, 200));
}
