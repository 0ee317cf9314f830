/**
 * Every frame of the protocol. §4 and §5 of the protocol page.
 *
 * This is the machine-readable source: the TypeScript types, the validators, both codecs and the field tables of the
 * protocol page come from it. A frame that is not here does not exist.
 */

import { type Static, type TLiteral, Type } from 'typebox';
import { type FrameSpec, frame, onlyIn } from './frame-schema.ts';
import { TOPIC_BYTES_MAX, TOPIC_PATTERN } from './topic.ts';

/** How many topics `setup` may name. */
export const SETUP_TOPICS_MAX = 128;

/** How many subscriptions one `resume` may name. */
export const RESUME_TOPICS_MAX = 1_000;

/** Longest key of a message, in Unicode code points, as all lengths of texts are. */
export const KEY_CHARACTERS_MAX = 128;

/** How many of the newest messages `from: { last }` may ask for. */
export const LAST_MAX = 1_000;

/** How many messages one `read` may ask for. */
export const READ_MAX = 1_000;

/** Longest name of a publisher whom a gateway publishes for: it may join a user, a session and what they do. */
export const PUBLISHER_CHARACTERS_MAX = 160;

/** How many unconfirmed messages a subscription may allow itself. */
export const CONFIRM_WINDOW_MAX = 10_000;

/** What a subscription wants of its topic. §4.2. */
export const MODES = ['stream', 'latest', 'keyed', 'volatile'] as const;
export type SubscriptionMode = (typeof MODES)[number];

/** What stands in `description` completes the sentence "… must be", also in what a client is told. */
const Topic = Type.String({
  maxLength: TOPIC_BYTES_MAX,
  pattern: TOPIC_PATTERN,
  description: `tokens of A-Z a-z 0-9 _ : @ ~ - joined by single dots, at most ${TOPIC_BYTES_MAX} bytes`,
});
const RequestId = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const SeqNo = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const PrintableId = Type.String({
  pattern: '^[!-~]{1,64}$',
  description: '1 to 64 printable ASCII characters without spaces',
});
const MessageId = PrintableId;
const Epoch = Type.String({ minLength: 1, maxLength: 64 });
const Time = Type.Number();
const Name = Type.String({ minLength: 1, maxLength: 64 });
const Alias = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Count = Type.Integer({ minimum: 0 });
const Checksum = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });
const Key = Type.String({ minLength: 1, maxLength: KEY_CHARACTERS_MAX });
const TtlMs = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Signature = Type.Object({
  alg: Type.String({ minLength: 1, maxLength: 16 }),
  keyId: PrintableId,
  value: Type.String({ minLength: 1, maxLength: 1_024 }),
});
const Mode = Type.Union(MODES.map((mode) => Type.Literal(mode)) as [TLiteral<SubscriptionMode>]);
const OnGap = Type.Union([Type.Literal('reject'), Type.Literal('snapshot'), Type.Literal('live')]);
const From = Type.Union([
  Type.Literal('live'),
  Type.Literal('snapshot'),
  Type.Object({ last: Type.Integer({ minimum: 1, maximum: LAST_MAX }) }),
  Type.Object({ epoch: Epoch, seqNo: SeqNo, messageId: Type.Optional(MessageId) }),
]);
const MaxRateHz = Type.Number({ minimum: 0.1, maximum: 1_000 });

/** What may be asked of a subscription beside its topic; the same in `subscribe` and in `resume`. */
const subscriptionFields = {
  mode: Type.Optional(Mode),
  from: Type.Optional(From),
  onGap: Type.Optional(OnGap),
  maxRateHz: Type.Optional(MaxRateHz),
  confirmWindow: Type.Optional(Type.Integer({ minimum: 1, maximum: CONFIRM_WINDOW_MAX })),
  checksum: Type.Optional(Type.Boolean()),
};

const resumeFields = {
  sessionId: Name,
  resumeKey: Type.String({ minLength: 1, maxLength: 256 }),
  subscriptions: Type.Array(Type.Object({ topic: Topic, ...subscriptionFields }), { maxItems: RESUME_TOPICS_MAX }),
};

/** What a message carries beside the payload: what its publisher gave, as it was given, and who that was. */
const messageExtras = {
  key: Type.Optional(Key),
  ref: Type.Optional(MessageId),
  by: Type.Optional(Name),
  ttlMs: Type.Optional(TtlMs),
  signature: Type.Optional(Signature),
};

/** A shared frame names its topic by itself in JSON, and by its alias in MessagePack. */
const sharedTopic = {
  topic: Type.Optional(onlyIn('json', Topic)),
  alias: Type.Optional(onlyIn('msgpack', Alias)),
};

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
    resume: Type.Optional(Type.Object(resumeFields)),
  },
});

export const Subscribe = frame({
  name: 'subscribe',
  code: 2,
  direction: 'client',
  section: '§4.2',
  fields: { id: RequestId, topic: Topic, ...subscriptionFields },
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
  fields: {
    id: RequestId,
    topic: Topic,
    messageId: MessageId,
    payload: Type.Unknown(),
    key: Type.Optional(Key),
    ref: Type.Optional(MessageId),
    expectSeqNo: Type.Optional(SeqNo),
    ttlMs: Type.Optional(TtlMs),
    signature: Type.Optional(Signature),
    publisher: Type.Optional(Type.String({ minLength: 1, maxLength: PUBLISHER_CHARACTERS_MAX })),
    by: Type.Optional(Name),
  },
});

export const Confirm = frame({
  name: 'confirm',
  code: 5,
  direction: 'client',
  section: '§4.5',
  fields: { topic: Topic, seqNo: SeqNo },
});

export const Replay = frame({
  name: 'replay',
  code: 6,
  direction: 'client',
  section: '§4.6',
  fields: { id: RequestId, topic: Topic, fromSeqNo: SeqNo, toSeqNo: Type.Optional(SeqNo) },
});

export const Resume = frame({
  name: 'resume',
  code: 7,
  direction: 'client',
  section: '§4.7',
  fields: { id: RequestId, ...resumeFields },
});

export const Presence = frame({
  name: 'presence',
  code: 18,
  direction: 'client',
  section: '§4.8',
  fields: {
    id: RequestId,
    topic: Topic,
    action: Type.Union([Type.Literal('enter'), Type.Literal('update'), Type.Literal('leave')]),
    data: Type.Optional(Type.Unknown()),
  },
});

export const Refresh = frame({
  name: 'refresh',
  code: 19,
  direction: 'client',
  section: '§4.9',
  fields: { id: RequestId, token: Type.String({ maxLength: 8_192 }) },
});

export const Modify = frame({
  name: 'modify',
  code: 21,
  direction: 'client',
  section: '§4.10',
  fields: { id: RequestId, topic: Topic, maxRateHz: Type.Optional(MaxRateHz) },
});

export const Pong = frame({
  name: 'pong',
  code: 20,
  direction: 'client',
  section: '§4.11',
  fields: { time: Time },
});

export const Read = frame({
  name: 'read',
  code: 22,
  direction: 'client',
  section: '§4.12',
  fields: {
    id: RequestId,
    topic: Topic,
    from: Type.Union([
      Type.Literal('head'),
      Type.Literal('snapshot'),
      Type.Object({ last: Type.Integer({ minimum: 0, maximum: READ_MAX }) }),
      Type.Object({ after: SeqNo }),
      Type.Object({ epoch: Epoch, seqNo: SeqNo, messageId: Type.Optional(MessageId) }),
    ]),
    limit: Type.Optional(Type.Integer({ minimum: 0, maximum: READ_MAX })),
  },
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
    resumeKey: Type.String({ minLength: 1, maxLength: 256 }),
    expiresAt: Type.Optional(Time),
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
    recovered: Type.Union([Type.Literal('none'), Type.Literal('full'), Type.Literal('snapshot'), Type.Literal('gap')]),
    headSeqNo: SeqNo,
    maxRateHz: Type.Optional(Type.Number()),
    checksum: Type.Optional(Checksum),
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
    reason: Type.Union([
      Type.Literal('asked'),
      Type.Literal('lagged'),
      Type.Literal('denied'),
      Type.Literal('epoch'),
      Type.Literal('failed'),
      Type.Literal('closed'),
    ]),
    why: Type.Optional(Type.String()),
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
    ...sharedTopic,
    seqNo: SeqNo,
    prevSeqNo: SeqNo,
    messageId: MessageId,
    time: Time,
    data: Type.Unknown(),
    ...messageExtras,
  },
});

export const Snapshot = frame({
  name: 'snapshot',
  code: 37,
  direction: 'gateway',
  section: '§5.6',
  shared: true,
  fields: {
    ...sharedTopic,
    seqNo: SeqNo,
    entries: Type.Array(
      Type.Object({ seqNo: SeqNo, messageId: MessageId, time: Time, data: Type.Unknown(), ...messageExtras }),
    ),
    last: Type.Boolean(),
  },
});

export const Head = frame({
  name: 'head',
  code: 38,
  direction: 'gateway',
  section: '§5.7',
  shared: true,
  fields: { ...sharedTopic, epoch: Epoch, seqNo: SeqNo, checksum: Type.Optional(Checksum) },
});

export const Health = frame({
  name: 'health',
  code: 39,
  direction: 'gateway',
  section: '§5.8',
  shared: true,
  fields: {
    ...sharedTopic,
    state: Type.Union([Type.Literal('ok'), Type.Literal('late'), Type.Literal('stale')]),
    lagMs: Type.Number({ minimum: 0 }),
  },
});

export const Live = frame({
  name: 'live',
  code: 40,
  direction: 'gateway',
  section: '§5.9',
  fields: { id: Type.Optional(RequestId), topic: Topic, seqNo: SeqNo, checksum: Type.Optional(Checksum) },
});

export const Lagged = frame({
  name: 'lagged',
  code: 41,
  direction: 'gateway',
  section: '§5.10',
  fields: { topic: Topic, fromSeqNo: SeqNo, toSeqNo: SeqNo, why: Type.String() },
});

export const ErrorFrame = frame({
  name: 'error',
  code: 43,
  direction: 'gateway',
  section: '§5.11',
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
  section: '§5.12',
  fields: { time: Time },
});

export const Goodbye = frame({
  name: 'goodbye',
  code: 45,
  direction: 'gateway',
  section: '§5.13',
  fields: {
    code: Type.Integer(),
    reason: Type.String(),
    reconnectMinMs: Type.Optional(Count),
    reconnectMaxMs: Type.Optional(Count),
  },
});

export const Resumed = frame({
  name: 'resumed',
  code: 46,
  direction: 'gateway',
  section: '§5.14',
  fields: { id: RequestId, sessionId: Name, resumeKey: Type.String({ minLength: 1, maxLength: 256 }) },
});

export const Refreshed = frame({
  name: 'refreshed',
  code: 47,
  direction: 'gateway',
  section: '§5.15',
  fields: { id: RequestId, expiresAt: Type.Optional(Time) },
});

export const Modified = frame({
  name: 'modified',
  code: 48,
  direction: 'gateway',
  section: '§5.16',
  fields: { id: RequestId, topic: Topic, maxRateHz: Type.Optional(Type.Number()) },
});

export const Page = frame({
  name: 'page',
  code: 49,
  direction: 'gateway',
  section: '§5.17',
  fields: {
    id: RequestId,
    topic: Topic,
    epoch: Epoch,
    seqNo: SeqNo,
    messageId: Type.Optional(MessageId),
    anchored: Type.Optional(Type.Boolean()),
    entries: Type.Array(
      Type.Object({
        seqNo: SeqNo,
        prevSeqNo: SeqNo,
        messageId: MessageId,
        time: Time,
        data: Type.Unknown(),
        ...messageExtras,
      }),
    ),
    last: Type.Boolean(),
  },
});

/** All frames, clients' first, in the order of the protocol page. */
export const FRAMES = [
  Setup,
  Subscribe,
  Unsubscribe,
  Publish,
  Confirm,
  Replay,
  Resume,
  Presence,
  Refresh,
  Modify,
  Pong,
  Read,
  Ready,
  Subscribed,
  Unsubscribed,
  Ack,
  Message,
  Snapshot,
  Head,
  Health,
  Live,
  Lagged,
  ErrorFrame,
  Ping,
  Goodbye,
  Resumed,
  Refreshed,
  Modified,
  Page,
] as const;

type SpecType<Spec> = Spec extends FrameSpec<string, infer Schema> ? Static<Schema> : never;

export type SetupFrame = SpecType<typeof Setup>;
export type SubscribeFrame = SpecType<typeof Subscribe>;
export type UnsubscribeFrame = SpecType<typeof Unsubscribe>;
export type PublishFrame = SpecType<typeof Publish>;
export type ConfirmFrame = SpecType<typeof Confirm>;
export type ReplayFrame = SpecType<typeof Replay>;
export type ResumeFrame = SpecType<typeof Resume>;
export type PresenceFrame = SpecType<typeof Presence>;
export type RefreshFrame = SpecType<typeof Refresh>;
export type ModifyFrame = SpecType<typeof Modify>;
export type PongFrame = SpecType<typeof Pong>;
export type ReadFrame = SpecType<typeof Read>;
export type ReadyFrame = SpecType<typeof Ready>;
export type SubscribedFrame = SpecType<typeof Subscribed>;
export type UnsubscribedFrame = SpecType<typeof Unsubscribed>;
export type AckFrame = SpecType<typeof Ack>;
export type MessageFrame = SpecType<typeof Message>;
export type SnapshotFrame = SpecType<typeof Snapshot>;
export type HeadFrame = SpecType<typeof Head>;
export type HealthFrame = SpecType<typeof Health>;
export type LiveFrame = SpecType<typeof Live>;
export type LaggedFrame = SpecType<typeof Lagged>;
export type ErrorFrameBody = SpecType<typeof ErrorFrame>;
export type PingFrame = SpecType<typeof Ping>;
export type GoodbyeFrame = SpecType<typeof Goodbye>;
export type ResumedFrame = SpecType<typeof Resumed>;
export type RefreshedFrame = SpecType<typeof Refreshed>;
export type ModifiedFrame = SpecType<typeof Modified>;
export type PageFrame = SpecType<typeof Page>;

/** What a subscription asks for beside its topic. */
export type SubscriptionRequest = ResumeFrame['subscriptions'][number];

/** What a message carries beside the payload. */
export type MessageExtras = Pick<MessageFrame, 'key' | 'ref' | 'by' | 'ttlMs' | 'signature'>;

/** What a client may send. */
export type ClientFrame =
  | SetupFrame
  | SubscribeFrame
  | UnsubscribeFrame
  | PublishFrame
  | ConfirmFrame
  | ReplayFrame
  | ResumeFrame
  | PresenceFrame
  | RefreshFrame
  | ModifyFrame
  | PongFrame
  | ReadFrame;

/** What a gateway may send. */
export type GatewayFrame =
  | ReadyFrame
  | SubscribedFrame
  | UnsubscribedFrame
  | AckFrame
  | MessageFrame
  | SnapshotFrame
  | HeadFrame
  | HealthFrame
  | LiveFrame
  | LaggedFrame
  | ErrorFrameBody
  | PingFrame
  | GoodbyeFrame
  | ResumedFrame
  | RefreshedFrame
  | ModifiedFrame
  | PageFrame;

export type Frame = ClientFrame | GatewayFrame;
export type FrameType = Frame['type'];
