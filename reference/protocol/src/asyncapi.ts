/**
 * The protocol as an AsyncAPI 3.0 document, for tools of other languages. §12 of the protocol page.
 *
 * It is written from a client's point of view: what it may send, what it receives, and what answers what. Its schemas are
 * those of the JSON encoding; how a frame stands in MessagePack is told beside them, because AsyncAPI has no word for an
 * array whose items have names. What no schema can say, such as which errors mean what, stands in `x-` members.
 */

import { CLOSE_CODES, reconnectPolicyOf } from './close-codes.ts';
import { ERRORS } from './errors.ts';
import { type FrameField, type FrameSpec, fieldsIn } from './frame-schema.ts';
import { FRAME_WORDS } from './frame-words.ts';
import { FRAMES, type FrameType } from './frames.ts';
import { LIMITS } from './limits.ts';
import { PROTOCOL_VERSION, SUBPROTOCOLS } from './subprotocol.ts';

const CHANNEL = 'gateway';

/** What a frame may be answered with. A frame that is not here has no answer. */
const ANSWERS: { readonly [Type in FrameType]?: readonly FrameType[] } = {
  setup: ['ready', 'error'],
  subscribe: ['subscribed', 'error'],
  unsubscribe: ['unsubscribed', 'error'],
  publish: ['ack', 'error'],
  replay: ['live', 'error'],
  resume: ['resumed', 'error'],
  presence: ['ack', 'error'],
  refresh: ['refreshed', 'error'],
  modify: ['modified', 'error'],
  read: ['page', 'error'],
  ping: ['pong'],
};

const specs: readonly FrameSpec[] = FRAMES;

/** The document, as a plain JSON object. */
export function asyncApiDocument(): object {
  return JSON.parse(
    JSON.stringify({
      asyncapi: '3.0.0',
      info: {
        title: 'The Micro Socket protocol',
        version: String(PROTOCOL_VERSION),
        description: 'Frames between a client and a gateway. The protocol page is normative; this document follows it.',
        license: { name: 'MIT' },
      },
      defaultContentType: 'application/json',
      servers: { local: localServer() },
      channels: {
        [CHANNEL]: channel('/ws', 'One connection to a gateway. One WebSocket message holds exactly one frame.'),
        topic: {
          ...channel('/ws/sub/{topic}', 'The same, with the topic of the path as if it were named in setup.topics.'),
          parameters: { topic: { description: 'A topic.' } },
        },
      },
      operations: Object.fromEntries(specs.map((spec) => [operationName(spec), operation(spec)])),
      components: { messages: Object.fromEntries(specs.map((spec) => [spec.name, message(spec)])) },
      'x-error-codes': ERRORS,
      'x-close-codes': Object.fromEntries(
        Object.entries(CLOSE_CODES).map(([name, { code, meaning }]) => [
          name,
          { code, meaning, reconnect: reconnectPolicyOf(code) },
        ]),
      ),
      'x-limits': Object.fromEntries(
        Object.entries(LIMITS).map(([name, { defaultValue, atBound }]) => [name, { default: defaultValue, atBound }]),
      ),
    }),
  );
}

function localServer() {
  return {
    host: '127.0.0.1:8080',
    protocol: 'ws',
    description: 'A gateway on this machine, where an example gateway listens by default.',
    'x-subprotocols': SUBPROTOCOLS,
  };
}

function channel(address: string, description: string) {
  return {
    address,
    description,
    servers: [{ $ref: '#/servers/local' }],
    messages: Object.fromEntries(specs.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: { ws: { method: 'GET', headers: subprotocolHeader(), bindingVersion: '0.1.0' } },
  };
}

function subprotocolHeader() {
  return {
    type: 'object',
    required: ['Sec-WebSocket-Protocol'],
    properties: { 'Sec-WebSocket-Protocol': { type: 'string', enum: SUBPROTOCOLS } },
  };
}

function operationName({ name, direction }: FrameSpec): string {
  const verb = direction === 'client' ? 'send' : 'receive';
  return `${verb}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function operation(spec: FrameSpec) {
  const answers = ANSWERS[spec.name as FrameType];
  const reference = { $ref: `#/channels/${CHANNEL}` };
  return {
    action: spec.direction === 'client' ? 'send' : 'receive',
    channel: reference,
    summary: FRAME_WORDS[spec.name as FrameType].summary,
    messages: [messageReference(spec.name)],
    ...(answers === undefined ? {} : { reply: { channel: reference, messages: answers.map(messageReference) } }),
  };
}

function messageReference(name: string) {
  return { $ref: `#/channels/${CHANNEL}/messages/${name}` };
}

function message(spec: FrameSpec) {
  const json = fieldsIn(spec, 'json');
  const msgpack = fieldsIn(spec, 'msgpack');
  return {
    name: spec.name,
    title: spec.name,
    summary: FRAME_WORDS[spec.name as FrameType].summary,
    ...(json.some(({ name }) => name === 'id') ? { correlationId: { location: '$message.payload#/id' } } : {}),
    payload: {
      type: 'object',
      required: ['type', ...requiredNames(json)],
      properties: {
        type: { type: 'string', const: spec.name },
        ...Object.fromEntries(json.map((field) => [field.name, described(spec, field)])),
      },
    },
    'x-section': spec.section,
    'x-msgpack': {
      number: spec.code,
      fields: msgpack.map(({ name }) => name),
      required: requiredNames(msgpack),
      ...schemasBeyond(spec, json, msgpack),
    },
  };
}

function requiredNames(fields: readonly FrameField[]): string[] {
  return fields.filter(({ required }) => required).map(({ name }) => name);
}

/** The schemas of fields that MessagePack has and JSON has not. */
function schemasBeyond(spec: FrameSpec, json: readonly FrameField[], msgpack: readonly FrameField[]) {
  const names = new Set(json.map(({ name }) => name));
  const own = msgpack.filter(({ name }) => !names.has(name));
  if (own.length === 0) return {};
  return { properties: Object.fromEntries(own.map((field) => [field.name, described(spec, field)])) };
}

function described(spec: FrameSpec, { name, schema }: FrameField) {
  const { 'x-encoding': _only, description, ...rest } = schema as { 'x-encoding'?: string; description?: string };
  const words = (FRAME_WORDS[spec.name as FrameType].fields as Readonly<Record<string, string>>)[name];
  return { ...rest, description: description === undefined ? words : `${words} It must be ${description}.` };
}
