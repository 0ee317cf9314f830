/** What the gateway's own endpoints take and answer, as schemas of the OpenAPI document (§11). */

import { Ack, Publish } from '@micro-socket/protocol';
import type { StatsPart } from './extension.ts';
import { FIGURE_NAMES, FIGURES } from './figures.ts';
import { PROBLEMS } from './problem.ts';
import { PUBLICATION_FIELDS } from './publication.ts';
import { objectOf, type Schema } from './schema.ts';

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

const stats: Readonly<Record<string, Schema>> = {
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
};

/** `added` is what applications add to `Stats`. Throws `RangeError` when two of its fields have one name. */
export function gatewaySchemas(added: readonly StatsPart[]): Readonly<Record<string, Schema>> {
  const all = { ...stats };
  for (const { name, schema } of added) {
    if (Object.hasOwn(all, name)) throw new RangeError(`There are two parts ${name} of the statistics.`);
    all[name] = schema;
  }
  return { ...SCHEMAS, Stats: objectOf(all) };
}

const SCHEMAS: Readonly<Record<string, Schema>> = {
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
      field: { type: 'string', description: 'The path of the field that is at fault, where there is one.' },
    },
    ['type', 'title', 'status', 'detail', 'code'],
  ),
};

function worded(properties: Readonly<Record<string, object>>, names: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(names.map((name) => [name, { ...properties[name], description: WORDS[name] ?? '' }]));
}
