/**
 * Every bound that the operator of a gateway may change, with its default and with what happens when it is reached. §8 of the protocol.
 *
 * This is the only place that holds such a number. Units stand last in the name.
 */

/** A bound's default and its behaviour. */
export interface LimitInfo {
  readonly defaultValue: number;
  /** One sentence: what happens when the bound is reached. */
  readonly atBound: string;
}

export const LIMITS = {
  frameBytesMax: {
    defaultValue: 65_536,
    atBound: 'The frame is not decoded; the answer is FRAME_TOO_LARGE and the connection stays open.',
  },
  frameBytesReadMax: {
    defaultValue: 1_048_576,
    atBound: 'The frame is not read to its end; the connection is closed with 1009.',
  },
  setupDeadlineMs: {
    defaultValue: 10_000,
    atBound: 'The connection is closed with 4003.',
  },
  heartbeatMs: {
    defaultValue: 25_000,
    atBound: 'After this long without a frame from the client the gateway sends a ping.',
  },
  pongTimeoutMs: {
    defaultValue: 8_000,
    atBound: 'A client that sends nothing for this long after a ping is closed with 4103.',
  },
  connectionsMax: {
    defaultValue: 100_000,
    atBound: 'The next connection is closed with 4101 at once.',
  },
  topicsPerConnectionMax: {
    defaultValue: 1_000,
    atBound: 'The next subscribe is refused with TOPIC_LIMIT.',
  },
  badFramesMax: {
    defaultValue: 16,
    atBound: 'The connection is closed with 4000 once it has sent this many frames that cannot be understood.',
  },
  unacknowledgedPublishesMax: {
    defaultValue: 256,
    atBound: 'The next publish is refused with TOO_MANY_UNACKNOWLEDGED until an ack has been sent.',
  },
  framesPerSecondMax: {
    defaultValue: 20_000,
    atBound: 'A frame beyond it is refused with RATE_LIMITED; two seconds’ worth may come at once.',
  },
  replaysPerConnectionMax: {
    defaultValue: 16,
    atBound: 'The next replay is refused with TOO_MANY_REPLAYS.',
  },
  readsPerConnectionMax: {
    defaultValue: 64,
    atBound: 'The next read is refused with TOO_MANY_REPLAYS.',
  },
  presencesPerSessionMax: {
    defaultValue: 128,
    atBound: 'The next enter is refused with PRESENCE_LIMIT.',
  },
  presenceGraceMs: {
    defaultValue: 15_000,
    atBound: 'A session whose connection was lost this long ago leaves the topics that it had entered.',
  },
  gatewayLivenessMs: {
    defaultValue: 15_000,
    atBound:
      'A gateway that the others have not heard of for this long is taken for dead: whoever was present through it leaves.',
  },
  sessionLifetimeMs: {
    defaultValue: 86_400_000,
    atBound: 'A session that began this long ago cannot be resumed: SESSION_INVALID.',
  },
  accessRecheckMs: {
    defaultValue: 500,
    atBound: 'A change of grants or a revocation ends live subscriptions within this time.',
  },
  headIntervalMs: {
    defaultValue: 5_000,
    atBound: 'A topic without messages for this long is announced with head.',
  },
  latencyObjectiveMs: {
    defaultValue: 250,
    atBound: 'A topic whose messages take longer from publish to delivery is announced as late with health.',
  },
  ringLengthMax: {
    defaultValue: 1_024,
    atBound: 'The oldest message leaves the ring; a subscriber that still needed it is told with lagged.',
  },
  ringBytesMax: {
    defaultValue: 4_194_304,
    atBound: 'The oldest messages leave the ring; a subscriber that still needed them is told with lagged.',
  },
  batchBytesMax: {
    defaultValue: 65_536,
    atBound: 'The frames of one turn are written in more than one piece.',
  },
  sendBufferBytesMax: {
    defaultValue: 1_048_576,
    atBound: 'A connection with this many unsent bytes that asks for more answers is closed with 4102.',
  },
  topicsMax: {
    defaultValue: 100_000,
    atBound:
      'The topic that has been without subscribers and messages for longest is forgotten; if there is none, what needs a new topic is refused with OVERLOADED.',
  },
  historyLengthMax: {
    defaultValue: 1_024,
    atBound: 'The oldest message of the topic leaves its history.',
  },
  historyBytesMax: {
    defaultValue: 268_435_456,
    atBound:
      'The topic written to gives up its oldest messages, then topics without subscribers are forgotten; if that is not enough, publish is refused with OVERLOADED.',
  },
  dedupWindowMs: {
    defaultValue: 120_000,
    atBound: 'A messageId older than this is forgotten; the same id then makes a new message.',
  },
  stateKeysMax: {
    defaultValue: 10_000,
    atBound: 'The topic has this many keys; a publish with another one is refused with OVERLOADED.',
  },
  dedupEntriesPerPublisherMax: {
    defaultValue: 100_000,
    atBound:
      'A publish with a new messageId of this publisher is refused with OVERLOADED until one has left the window.',
  },
  dedupEntriesMax: {
    defaultValue: 1_000_000,
    atBound: 'A publish with a new messageId is refused with OVERLOADED until an older id has left the window.',
  },
} as const satisfies Record<string, LimitInfo>;

export type LimitName = keyof typeof LIMITS;

/** A value for every bound. Milliseconds, bytes or counts, as the name says. */
export type Limits = Readonly<Record<LimitName, number>>;

/** The defaults of every bound. */
export const DEFAULT_LIMITS: Limits = Object.freeze(
  Object.fromEntries(Object.entries(LIMITS).map(([name, info]) => [name, info.defaultValue])),
) as Limits;

/** Timers and sockets take 31 bits; a greater number would turn a bound into none. */
const LIMIT_MAX = 2_147_483_647;

/** How much longer a message may be in the other encoding: control characters are one byte there and six in JSON. */
const REENCODED_FACTOR = 6;

/**
 * The defaults with some values replaced. Throws `RangeError` for a value that cannot be used, and for bounds that fight
 * each other. A bound on a part may be greater than the bound on the whole: then it is the whole that is reached first.
 */
export function limitsWith(changes: Partial<Limits>): Limits {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(LIMITS, name)) throw new RangeError(`There is no limit named ${name}.`);
    if (!Number.isInteger(value) || value < 1 || value > LIMIT_MAX) {
      throw new RangeError(`${name} must be a whole number from 1 to ${LIMIT_MAX}.`);
    }
  }
  const limits = { ...DEFAULT_LIMITS, ...changes };
  checkRelations(limits);
  return limits;
}

/** Bounds that would fight each other are refused, because a healthy client would pay for it. */
function checkRelations(limits: Limits): void {
  if (limits.frameBytesMax > limits.frameBytesReadMax) {
    throw new RangeError('frameBytesMax must not be greater than frameBytesReadMax.');
  }
  if (limits.batchBytesMax + REENCODED_FACTOR * limits.frameBytesMax > limits.sendBufferBytesMax) {
    throw new RangeError('sendBufferBytesMax must hold one batch: batchBytesMax and six times frameBytesMax.');
  }
}
