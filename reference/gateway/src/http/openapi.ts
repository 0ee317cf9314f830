/** The endpoints as an OpenAPI 3.1 document: the table for machines (§11). */

import { Ack, Publish, SUBPROTOCOLS } from '@micro-socket/protocol';
import type { Answer, Endpoint, SchemaName } from './endpoints.ts';
import { FIGURE_NAMES, FIGURES } from './figures.ts';
import { PROBLEMS } from './problem.ts';
import { PUBLICATION_FIELDS } from './publication.ts';

/** As much of JSON Schema as is used here. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface OpenApiResponse extends Content {
  readonly description: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Content & { readonly required: boolean };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<SchemaName, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

/** The version of what is described, which is the protocol's. */
const VERSION = '1';

const WORDS: Readonly<Record<string, string>> = {
  payload: 'Any JSON value.',
  messageId: 'Names the message: 1 to 64 printable ASCII characters without spaces. Made by the gateway when absent.',
  key: 'What the message is the newest state of.',
  ref: 'The messageId of an earlier message that this one is about.',
  expectSeqNo: 'The message is stored only if the head of the topic has this seqNo.',
  ttlMs: 'For how many milliseconds the message means something.',
  signature: 'The publisher’s own proof; carried to every receiver.',
  status: 'duplicate: an earlier publish put the message there.',
  epoch: 'Names the history of the topic that the seqNo counts in.',
  seqNo: 'The place of the message in the topic.',
};

export function openApiOf(endpoints: readonly Endpoint[], gatewayName: string): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: { title: `Micro Socket gateway ${gatewayName}`, version: VERSION, description: 'HTTP beside the gateway.' },
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The same token as in the frame setup.' },
      },
    },
  };
}

function operationOf({ id, path, summary, description, takesToken, body, answers }: Endpoint): Operation {
  return {
    operationId: id,
    summary,
    description,
    parameters: [
      ...(path.includes('{topic}') ? [topicParameter] : []),
      ...(answers.some(({ status }) => status === 101) ? [subprotocolParameter] : []),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, ...contentOf('application/json', body) } }),
    responses: Object.fromEntries(answers.map((answer) => [answer.status, responseOf(answer)])),
    // Without a token the request is an anonymous client's.
    security: takesToken ? [{ bearer: [] }, {}] : [],
  };
}

function responseOf({ words, type, schema }: Answer): OpenApiResponse {
  return { description: words, ...contentOf(type, schema) };
}

function contentOf(type: string | undefined, schema: SchemaName | undefined): Content {
  if (type === undefined) return {};
  return { content: { [type]: { schema: schema === undefined ? {} : { $ref: `#/components/schemas/${schema}` } } } };
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

const latency: Schema = objectOf(
  Object.fromEntries(
    ['p50', 'p95', 'p99', 'p999', 'max', 'count'].map((name) => [
      name,
      { type: 'number', description: name === 'count' ? 'How many were measured.' : 'Milliseconds.' },
    ]),
  ),
);

const figures: Readonly<Record<string, Schema>> = {
  ...Object.fromEntries(FIGURE_NAMES.map((name) => [name, { type: 'integer', description: FIGURES[name].help }])),
  latency: { ...latency, description: 'From storing to the hand-over to subscribers, over all topics.' },
};

const SCHEMAS: Readonly<Record<SchemaName, Schema>> = {
  Health: objectOf(
    {
      status: { type: 'string', enum: ['ok', 'degraded'] },
      gateway: { type: 'string', description: 'The name of the gateway.' },
      uptimeMs: { type: 'integer', description: 'How long it has been running, in milliseconds.' },
      durability: { type: 'string', description: 'What a message survives once it is acknowledged.' },
      problem: { type: 'string', description: 'What keeps it from storing messages; absent where nothing does.' },
      ...figures,
    },
    ['status', 'gateway', 'uptimeMs', 'durability', ...Object.keys(figures)],
  ),
  Stats: objectOf({
    ...figures,
    topics: {
      type: 'array',
      description: 'The topics with the most subscribers.',
      items: objectOf(
        {
          topic: { type: 'string' },
          subscribers: { type: 'integer' },
          headSeqNo: { type: 'integer', description: 'The seqNo of its newest message.' },
          latency,
        },
        ['topic', 'subscribers', 'headSeqNo'],
      ),
    },
  }),
  Publication: {
    ...objectOf(worded(Publish.schema.properties, PUBLICATION_FIELDS), ['payload']),
    additionalProperties: false,
  },
  Receipt: objectOf(worded(Ack.schema.properties, ['status', 'messageId', 'epoch', 'seqNo'])),
  Problem: objectOf(
    {
      type: { type: 'string', description: 'Where the code is explained.' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string', description: 'What is wrong with this request, for people.' },
      code: {
        type: 'string',
        description: 'What went wrong, for programs.',
        anyOf: Object.entries(PROBLEMS).map(([code, { title }]) => ({ const: code, description: title })),
      },
      topic: { type: 'string' },
    },
    ['type', 'title', 'status', 'detail', 'code'],
  ),
};

function objectOf(properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema {
  return { type: 'object', properties, required };
}

function worded(properties: Readonly<Record<string, object>>, names: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(names.map((name) => [name, { ...properties[name], description: WORDS[name] ?? '' }]));
}
