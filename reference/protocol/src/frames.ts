/**
 * Every frame of the protocol. §4 and §5 of the protocol page.
 *
 * This is the machine-readable source: the TypeScript types, the validators, both codecs and the field tables of the
 * protocol page come from it. A frame that is not here does not exist.
 */

import { type Static, Type } from 'typebox';
import { type FrameSpec, frame, onlyIn } from './frame-schema.ts';
import { TOPIC_BYTES_MAX, TOPIC_PATTERN } from './topic.ts';

/** How many topics `setup` may name. */
export const SETUP_TOPICS_MAX = 128;

const Topic = Type.String({ maxLength: TOPIC_BYTES_MAX, pattern: TOPIC_PATTERN });
const RequestId = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const SeqNo = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const MessageId = Type.String({ pattern: '^[!-~]{1,64}$' });
const Epoch = Type.String({ minLength: 1, maxLength: 64 });
const Time = Type.Number();
const Name = Type.String({ minLength: 1, maxLength: 64 });
const Alias = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Count = Type.Integer({ minimum: 0 });

export const Setup = frame({
  name: 'setup',
  code: 1,
  direction: 'client',
  section: '§4.1',
  fields: {
    protocol: Type.Integer(),
    token: Type.Optional(Type.String({ maxLength: 8_192 })),
    client: Type.Optional(Type.Object({ name: Name, version: Name })),
    topics: Type.Optional(Type.Array(Topic, { maxItems: SETUP_TOPICS_MAX })),
  },
});

export const Subscribe = frame({
  name: 'subscribe',
  code: 2,
  direction: 'client',
  section: '§4.2',
  fields: { id: RequestId, topic: Topic },
});

export const Unsubscribe = frame({
  name: 'unsubscribe',
  code: 3,
  direction: 'client',
  section: '§4.3',
  fields: { id: RequestId, topic: Topic },
});

export const Publish = frame({
  name: 'publish',
  code: 4,
  direction: 'client',
  section: '§4.4',
  fields: { id: RequestId, topic: Topic, messageId: MessageId, payload: Type.Unknown() },
});

export const Pong = frame({
  name: 'pong',
  code: 20,
  direction: 'client',
  section: '§4.5',
  fields: { time: Time },
});

export const Ready = frame({
  name: 'ready',
  code: 32,
  direction: 'gateway',
  section: '§5.1',
  fields: {
    sessionId: Name,
    gateway: Name,
    time: Time,
    heartbeatMs: Count,
    limits: Type.Object({
      frameBytesMax: Count,
      topicsPerConnectionMax: Count,
      unacknowledgedPublishesMax: Count,
    }),
    durability: Name,
    retention: Type.Object({ messagesMax: Count }),
    dedupWindowMs: Count,
  },
});

export const Subscribed = frame({
  name: 'subscribed',
  code: 33,
  direction: 'gateway',
  section: '§5.2',
  fields: {
    id: Type.Optional(RequestId),
    topic: Topic,
    alias: Alias,
    epoch: Epoch,
    seqNo: SeqNo,
    messageId: Type.Optional(MessageId),
  },
});

export const Unsubscribed = frame({
  name: 'unsubscribed',
  code: 34,
  direction: 'gateway',
  section: '§5.3',
  fields: {
    id: Type.Optional(RequestId),
    topic: Topic,
    reason: Type.Union([Type.Literal('asked'), Type.Literal('lagged')]),
  },
});

export const Ack = frame({
  name: 'ack',
  code: 35,
  direction: 'gateway',
  section: '§5.4',
  fields: {
    id: RequestId,
    messageId: MessageId,
    status: Type.Union([Type.Literal('ok'), Type.Literal('duplicate')]),
    epoch: Epoch,
    seqNo: SeqNo,
  },
});

export const Message = frame({
  name: 'message',
  code: 36,
  direction: 'gateway',
  section: '§5.5',
  shared: true,
  fields: {
    topic: Type.Optional(onlyIn('json', Topic)),
    alias: Type.Optional(onlyIn('msgpack', Alias)),
    seqNo: SeqNo,
    prevSeqNo: SeqNo,
    messageId: MessageId,
    time: Time,
    data: Type.Unknown(),
  },
});

export const Lagged = frame({
  name: 'lagged',
  code: 41,
  direction: 'gateway',
  section: '§5.6',
  fields: { topic: Topic, fromSeqNo: SeqNo, toSeqNo: SeqNo, why: Type.String() },
});

export const ErrorFrame = frame({
  name: 'error',
  code: 43,
  direction: 'gateway',
  section: '§5.7',
  fields: {
    id: Type.Optional(RequestId),
    code: Name,
    message: Type.String(),
    retry: Type.Boolean(),
    afterMs: Type.Optional(Count),
    topic: Type.Optional(Type.String()),
  },
});

export const Ping = frame({
  name: 'ping',
  code: 44,
  direction: 'gateway',
  section: '§5.8',
  fields: { time: Time },
});

export const Goodbye = frame({
  name: 'goodbye',
  code: 45,
  direction: 'gateway',
  section: '§5.9',
  fields: {
    code: Type.Integer(),
    reason: Type.String(),
    reconnectMinMs: Type.Optional(Count),
    reconnectMaxMs: Type.Optional(Count),
  },
});

/** All frames, clients' first, in the order of the protocol page. */
export const FRAMES = [
  Setup,
  Subscribe,
  Unsubscribe,
  Publish,
  Pong,
  Ready,
  Subscribed,
  Unsubscribed,
  Ack,
  Message,
  Lagged,
  ErrorFrame,
  Ping,
  Goodbye,
] as const;

type SpecType<Spec> = Spec extends FrameSpec<string, infer Schema> ? Static<Schema> : never;

export type SetupFrame = SpecType<typeof Setup>;
export type SubscribeFrame = SpecType<typeof Subscribe>;
export type UnsubscribeFrame = SpecType<typeof Unsubscribe>;
export type PublishFrame = SpecType<typeof Publish>;
export type PongFrame = SpecType<typeof Pong>;
export type ReadyFrame = SpecType<typeof Ready>;
export type SubscribedFrame = SpecType<typeof Subscribed>;
export type UnsubscribedFrame = SpecType<typeof Unsubscribed>;
export type AckFrame = SpecType<typeof Ack>;
export type MessageFrame = SpecType<typeof Message>;
export type LaggedFrame = SpecType<typeof Lagged>;
export type ErrorFrameBody = SpecType<typeof ErrorFrame>;
export type PingFrame = SpecType<typeof Ping>;
export type GoodbyeFrame = SpecType<typeof Goodbye>;

/** What a client may send. */
export type ClientFrame = SetupFrame | SubscribeFrame | UnsubscribeFrame | PublishFrame | PongFrame;

/** What a gateway may send. */
export type GatewayFrame =
  | ReadyFrame
  | SubscribedFrame
  | UnsubscribedFrame
  | AckFrame
  | MessageFrame
  | LaggedFrame
  | ErrorFrameBody
  | PingFrame
  | GoodbyeFrame;

export type Frame = ClientFrame | GatewayFrame;
export type FrameType = Frame['type'];
