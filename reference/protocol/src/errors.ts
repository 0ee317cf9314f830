/** Error codes of the `error` frame. §6 of the protocol. */

/** What everyone must know of an error code. */
export interface ErrorInfo {
  /** Who broke the rule, or could not do what was asked. */
  readonly fault: 'client' | 'gateway';
  /** Whether the same request can succeed later, unchanged. */
  readonly retry: boolean;
  /** What the code means, in one sentence. */
  readonly meaning: string;
  /** What the reference client does about it. */
  readonly client: string;
}

export const ERRORS = {
  MALFORMED_FRAME: {
    fault: 'client',
    retry: false,
    meaning: 'The frame is not JSON text, or not a MessagePack array, as the subprotocol asks for.',
    client: 'Reports it; the frame is not sent again.',
  },
  UNKNOWN_TYPE: {
    fault: 'client',
    retry: false,
    meaning: 'There is no such frame from a client.',
    client: 'Reports it.',
  },
  INVALID_FIELD: {
    fault: 'client',
    retry: false,
    meaning: 'A field is missing or its value is not allowed; the message names the field.',
    client: 'Rejects the call.',
  },
  FRAME_TOO_LARGE: {
    fault: 'client',
    retry: false,
    meaning: 'The frame has more bytes than frameBytesMax.',
    client: 'Rejects the call.',
  },
  SETUP_REQUIRED: {
    fault: 'client',
    retry: false,
    meaning: 'A frame came before setup was accepted.',
    client: 'Never happens: it waits for ready.',
  },
  ALREADY_SET_UP: {
    fault: 'client',
    retry: false,
    meaning: 'A second setup came on one connection.',
    client: 'Never happens: it sends one setup.',
  },
  VERSION_UNSUPPORTED: {
    fault: 'client',
    retry: false,
    meaning: 'The gateway does not speak the protocol version that setup asks for.',
    client: 'Rejects connect.',
  },
  AUTH_REQUIRED: {
    fault: 'client',
    retry: false,
    meaning: 'setup has no token and this gateway does not admit anonymous clients.',
    client: 'Rejects connect.',
  },
  AUTH_FAILED: {
    fault: 'client',
    retry: false,
    meaning: 'The token is not valid, or in refresh is another user’s.',
    client: 'Rejects connect.',
  },
  ACL_DENIED: {
    fault: 'client',
    retry: false,
    meaning: 'The client may not do this on this topic.',
    client: 'Rejects the call.',
  },
  NO_SUCH_TOPIC: {
    fault: 'client',
    retry: false,
    meaning: 'There is no such topic here; the message names what is missing.',
    client: 'Rejects the call, or ends the subscription.',
  },
  ALREADY_SUBSCRIBED: {
    fault: 'client',
    retry: false,
    meaning: 'The connection has this subscription already or, for resume, any.',
    client: 'Rejects the call.',
  },
  NOT_SUBSCRIBED: {
    fault: 'client',
    retry: false,
    meaning: 'There is no such subscription on this connection.',
    client: 'Rejects the call.',
  },
  TOPIC_LIMIT: {
    fault: 'client',
    retry: false,
    meaning: 'The connection has topicsPerConnectionMax subscriptions.',
    client: 'Rejects the call.',
  },
  MESSAGE_ID_CONFLICT: {
    fault: 'client',
    retry: false,
    meaning: 'The messageId was used inside the dedup window with other content.',
    client: 'Rejects the call.',
  },
  SEQ_CONFLICT: {
    fault: 'client',
    retry: false,
    meaning: 'The topic has moved on: its head is not at the expectSeqNo of the publish.',
    client: 'Rejects the call.',
  },
  POSITION_GONE: {
    fault: 'client',
    retry: false,
    meaning: 'The message at the given position is not in the history, and onGap is reject.',
    client: 'Rejects the call, or tells the subscription that messages are missing.',
  },
  HISTORY_GONE: {
    fault: 'client',
    retry: false,
    meaning: 'Messages that replay asked for are no longer kept.',
    client: 'Gives up filling the gap and tells the subscription.',
  },
  TOO_MANY_REPLAYS: {
    fault: 'client',
    retry: true,
    meaning: 'The connection has replaysPerConnectionMax replays, or readsPerConnectionMax reads, under way.',
    client: 'Asks again after a while.',
  },
  SESSION_INVALID: {
    fault: 'client',
    retry: false,
    meaning: 'The session does not exist, is too old, has another resumeKey, or is another user’s.',
    client: 'Begins a new session and subscribes from its positions.',
  },
  NOT_PRESENT: {
    fault: 'client',
    retry: false,
    meaning: 'The session has not entered this topic.',
    client: 'Rejects the call.',
  },
  PRESENCE_LIMIT: {
    fault: 'client',
    retry: false,
    meaning: 'The session is present in presencesPerSessionMax topics.',
    client: 'Rejects the call.',
  },
  RATE_LIMITED: {
    fault: 'client',
    retry: true,
    meaning: 'The connection sends more than framesPerSecondMax frames a second.',
    client: 'Sends a publish again with its messageId after afterMs; rejects any other call.',
  },
  TOO_MANY_UNACKNOWLEDGED: {
    fault: 'client',
    retry: true,
    meaning: 'The connection has unacknowledgedPublishesMax publishes without an answer.',
    client: 'Sends a publish again with its messageId after a while; rejects any other call.',
  },
  OVERLOADED: {
    fault: 'gateway',
    retry: true,
    meaning: 'A bound of the gateway is reached; the message names it.',
    client: 'Sends a publish again with its messageId after a while; rejects any other call.',
  },
  UNAVAILABLE: {
    fault: 'gateway',
    retry: true,
    meaning: 'What stores the messages cannot be reached or has failed; a publish may have been stored all the same.',
    client: 'Sends a publish again with its messageId after a while; rejects any other call.',
  },
  INTERNAL: {
    fault: 'gateway',
    retry: true,
    meaning: 'The gateway failed in a way that it did not expect.',
    client: 'Sends a publish again with its messageId after a while; rejects any other call.',
  },
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof ERRORS;

/** All error codes, in the order of the protocol page. */
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** Further facts that an `error` frame may carry. */
export interface ErrorDetails {
  /** The request that failed. */
  readonly id?: number | undefined;
  readonly topic?: string | undefined;
  /** The earliest moment at which a retry makes sense, in milliseconds from now. */
  readonly afterMs?: number | undefined;
  /** Whether a retry can help, where the one who sent the error said so. Default: as the table has it. */
  readonly retry?: boolean | undefined;
  readonly cause?: unknown;
}

/** A rule of the protocol was broken, or a request could not be served; `code` is stable, `message` is for people. */
export class ProtocolError extends Error {
  readonly code: ErrorCode;
  readonly id: number | undefined;
  readonly topic: string | undefined;
  readonly afterMs: number | undefined;
  /** Whether the same request can succeed later, unchanged. */
  readonly retry: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ProtocolError';
    this.code = code;
    this.id = details.id;
    this.topic = details.topic;
    this.afterMs = details.afterMs;
    this.retry = details.retry ?? ERRORS[code].retry;
  }
}
