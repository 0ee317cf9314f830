/**
 * Everything that can be asked of a gateway itself over HTTP, in one table (§11). The router answers by it and the OpenAPI
 * document describes it, so neither knows a path that the other does not. What applications add stands beside it.
 */

import { Publish, SUBPROTOCOLS } from '@micro-socket/protocol';
import { type Answer, type Endpoint, type Parameter, problems } from './endpoint.ts';
import type { ProblemCode } from './problem.ts';

export type EndpointId =
  | 'getHealth'
  | 'getStats'
  | 'getMetrics'
  | 'publishMessage'
  | 'publishDemoMessage'
  | 'openWebSocket'
  | 'openTopicWebSocket'
  | 'getOpenApi'
  | 'getDocs';

export interface EndpointOptions {
  /** Where the gateway speaks the protocol, such as `/ws`. */
  readonly webSocketPath: string;
  /** Whether this machine may publish without a token below `demo.`. */
  readonly hasDemo: boolean;
}

const topicParameter: Parameter = {
  name: 'topic',
  in: 'path',
  required: true,
  description: 'The topic, percent-encoded where need be.',
  schema: Publish.schema.properties.topic,
};

const subprotocolParameter: Parameter = {
  name: 'Sec-WebSocket-Protocol',
  in: 'header',
  required: true,
  description: `One or more of ${SUBPROTOCOLS.join(', ')}, the preferred one first.`,
  schema: { type: 'string' },
};

const PUBLISH_PROBLEMS: readonly ProblemCode[] = [
  'INVALID_FIELD',
  'AUTH_FAILED',
  'ACL_DENIED',
  'MESSAGE_ID_CONFLICT',
  'FRAME_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'OVERLOADED',
  'UNAVAILABLE',
];

const PUBLISH_ANSWERS: readonly Answer[] = [
  { status: 201, words: 'The message is stored, at this position.', type: 'application/json', schema: 'Receipt' },
  {
    status: 200,
    words: 'An earlier publish with this messageId put it there.',
    type: 'application/json',
    schema: 'Receipt',
  },
  ...problems(PUBLISH_PROBLEMS),
];

const HANDSHAKE_ANSWERS: readonly Answer[] = [
  { status: 101, words: 'The connection speaks WebSocket from here on.' },
  { status: 400, words: 'None of the offered subprotocols is known.', type: 'text/plain' },
  { status: 403, words: 'Pages of this origin may not connect.', type: 'text/plain' },
  ...problems(['UPGRADE_REQUIRED']),
];

/** The endpoints of a gateway, in the order in which they are shown. */
export function endpointsOf({ webSocketPath, hasDemo }: EndpointOptions): readonly Endpoint<EndpointId>[] {
  return [
    {
      id: 'getHealth',
      method: 'GET',
      path: '/health',
      summary: 'Says whether it is well, and its counts.',
      description: 'For whoever watches over the gateway. It shows no users and no payloads.',
      takesToken: false,
      answers: [
        { status: 200, words: 'It runs.', type: 'application/json', schema: 'Health' },
        { status: 503, words: 'It runs and cannot store messages.', type: 'application/json', schema: 'Health' },
      ],
    },
    {
      id: 'getStats',
      method: 'GET',
      path: '/stats',
      summary: 'Tells counts, latencies, and what it holds now.',
      description: 'With the topics that have the most subscribers. It shows no users and no payloads.',
      takesToken: false,
      answers: [{ status: 200, words: 'The counts at this moment.', type: 'application/json', schema: 'Stats' }],
    },
    {
      id: 'getMetrics',
      method: 'GET',
      path: '/metrics',
      summary: 'Tells the same for Prometheus.',
      description: 'In the text exposition format, version 0.0.4.',
      takesToken: false,
      answers: [{ status: 200, words: 'The samples at this moment.', type: 'text/plain' }],
    },
    {
      id: 'publishMessage',
      method: 'POST',
      path: '/topics/{topic}/messages',
      summary: 'Publishes a message.',
      description:
        'With the access, the dedup and the bounds of the frame publish. When no answer comes, send the same again with the same messageId: it is stored once.',
      takesToken: true,
      parameters: [topicParameter],
      body: { schema: 'Publication' },
      answers: PUBLISH_ANSWERS,
    },
    ...(hasDemo ? [demoEndpoint] : []),
    {
      id: 'openWebSocket',
      method: 'GET',
      path: webSocketPath,
      summary: 'Speaks the protocol over WebSocket.',
      description: 'With one of the subprotocols microsocket.v1.json and microsocket.v1.msgpack.',
      takesToken: false,
      parameters: [subprotocolParameter],
      answers: HANDSHAKE_ANSWERS,
    },
    {
      id: 'openTopicWebSocket',
      method: 'GET',
      path: `${webSocketPath}/sub/{topic}`,
      summary: 'Speaks the protocol over WebSocket, with a topic in the path.',
      description: 'The topic is subscribed to as if setup had named it.',
      takesToken: false,
      parameters: [topicParameter, subprotocolParameter],
      answers: [
        ...HANDSHAKE_ANSWERS,
        { status: 404, words: 'The path does not end with a topic.', type: 'text/plain' },
      ],
    },
    {
      id: 'getOpenApi',
      method: 'GET',
      path: '/openapi.json',
      summary: 'Describes all of this for machines.',
      description: 'An OpenAPI 3.1 document.',
      takesToken: false,
      answers: [{ status: 200, words: 'The document.', type: 'application/json' }],
    },
    {
      id: 'getDocs',
      method: 'GET',
      path: '/docs',
      summary: 'Describes all of this for people.',
      description: 'One page without scripts, made from the OpenAPI document.',
      takesToken: false,
      answers: [{ status: 200, words: 'The page.', type: 'text/html' }],
    },
  ];
}

const demoEndpoint: Endpoint<EndpointId> = {
  id: 'publishDemoMessage',
  method: 'POST',
  path: '/demo/topics/{topic}/messages',
  summary: 'Publishes below demo. without a token.',
  description: 'As the user demo, from this machine only, and only because the gateway was started with --demo.',
  takesToken: false,
  parameters: [topicParameter],
  body: { schema: 'Publication' },
  answers: PUBLISH_ANSWERS.filter(({ status }) => status !== 401),
};
