/** What can go wrong on a client's side, told apart by `code`. What a gateway refuses is a `ProtocolError`. */

/**
 * The connection is not there, or ended before the answer came. After a publish nobody knows whether the message was
 * stored: it may be published again with its messageId.
 */
export class ConnectionClosedError extends Error {
  readonly code = 'CONNECTION_CLOSED';
  /** The close code, 1006 where the link was lost without one. */
  readonly closeCode: number;

  constructor(closeCode: number, reason: string) {
    super(`The connection has ended (${closeCode}${reason === '' ? '' : `: ${reason}`}).`);
    this.name = 'ConnectionClosedError';
    this.closeCode = closeCode;
  }
}

/** The gateway was not ready in time. */
export class ConnectTimeoutError extends Error {
  readonly code = 'CONNECT_TIMEOUT';

  constructor(ms: number) {
    super(`The gateway was not ready within ${ms} ms.`);
    this.name = 'ConnectTimeoutError';
  }
}

/** The connection was lost and could not be made again in `attemptsMax` attempts; `cause` is why the last one failed. */
export class ReconnectGivenUpError extends Error {
  readonly code = 'RECONNECT_GIVEN_UP';

  constructor(attemptsMax: number, cause: Error) {
    super(`The connection could not be made in ${attemptsMax} attempts: ${cause.message}`, { cause });
    this.name = 'ReconnectGivenUpError';
  }
}

/** The subscription ended because messages were lost: everything after `fromSeqNo` up to `toSeqNo` is missing. */
export class LaggedError extends Error {
  readonly code = 'LAGGED';
  readonly fromSeqNo: number;
  readonly toSeqNo: number;

  constructor(topic: string, fromSeqNo: number, toSeqNo: number, why: string) {
    super(`${topic}: messages after ${fromSeqNo} up to ${toSeqNo} were not delivered. ${why}`);
    this.name = 'LaggedError';
    this.fromSeqNo = fromSeqNo;
    this.toSeqNo = toSeqNo;
  }
}

/** The subscription does not go on, and this client does not subscribe again by itself (`reconnect: false`). */
export class SubscriptionLostError extends Error {
  readonly code = 'SUBSCRIPTION_LOST';
  /** As in `unsubscribed` (§5.3): `epoch`, or `failed`. */
  readonly reason: string;

  constructor(topic: string, reason: string) {
    super(`${topic}: the subscription was lost (${reason}); subscribe again from the last position.`);
    this.name = 'SubscriptionLostError';
    this.reason = reason;
  }
}

/** The topic has ended, after everything that was delivered (§5.3). Subscribing again is refused with NO_SUCH_TOPIC. */
export class TopicClosedError extends Error {
  readonly code = 'TOPIC_CLOSED';
  readonly topic: string;
  /** Why it has ended, as the gateway says it. */
  readonly why: string;

  constructor(topic: string, why: string) {
    super(`${topic} has ended. ${why}`.trimEnd());
    this.name = 'TopicClosedError';
    this.topic = topic;
    this.why = why;
  }
}

/** The program does not take its messages: `queueMessagesMax` of them wait. */
export class QueueFullError extends Error {
  readonly code = 'QUEUE_FULL';
  /** The last message that waits to be taken; everything after it is missing. */
  readonly afterSeqNo: number;

  constructor(topic: string, queueMessagesMax: number, afterSeqNo: number) {
    super(
      `${topic}: ${queueMessagesMax} messages wait to be taken (queueMessagesMax); the subscription was ended, and ` +
        `messages after ${afterSeqNo} were not kept.`,
    );
    this.name = 'QueueFullError';
    this.afterSeqNo = afterSeqNo;
  }
}

/** The state of a topic has more entries than the subscription may keep. */
export class SnapshotTooLargeError extends Error {
  readonly code = 'SNAPSHOT_TOO_LARGE';

  constructor(topic: string, snapshotEntriesMax: number) {
    super(`${topic}: the snapshot has more than ${snapshotEntriesMax} entries (snapshotEntriesMax).`);
    this.name = 'SnapshotTooLargeError';
  }
}

/**
 * Some message after `afterSeqNo`, up to and including `toSeqNo`, is not what the gateway holds (§5.7). The program has
 * these messages already and does not get them again; to read them anew, subscribe again from before them.
 */
export class IntegrityError extends Error {
  readonly code = 'CHECKSUM_MISMATCH';
  readonly topic: string;
  /** The last message up to which the checksums agreed. */
  readonly afterSeqNo: number;
  readonly toSeqNo: number;

  constructor(topic: string, afterSeqNo: number, toSeqNo: number) {
    super(`${topic}: the checksum of the messages after ${afterSeqNo}, up to ${toSeqNo}, is not the gateway's.`);
    this.name = 'IntegrityError';
    this.topic = topic;
    this.afterSeqNo = afterSeqNo;
    this.toSeqNo = toSeqNo;
  }
}

/** A message was dropped because its signature does not show whose it is; `code` is the verifier's. */
export class SignatureError extends Error {
  readonly code: string;
  readonly topic: string;
  readonly seqNo: number;
  readonly messageId: string;

  constructor(code: string, problem: string, message: { topic: string; seqNo: number; messageId: string }) {
    super(`${message.topic}: the message ${message.messageId} at ${message.seqNo} was dropped. ${problem}`);
    this.name = 'SignatureError';
    this.code = code;
    this.topic = message.topic;
    this.seqNo = message.seqNo;
    this.messageId = message.messageId;
  }
}

/** No final answer to a publish came in time. */
export class PublishTimeoutError extends Error {
  readonly code = 'PUBLISH_TIMEOUT';
  readonly messageId: string;
  /** Whether the message may have been stored all the same; false when it was never sent. */
  readonly mayBeStored: boolean;

  constructor(messageId: string, why: string, mayBeStored: boolean) {
    const outcome = mayBeStored ? 'Nobody knows whether it was stored.' : 'It was not stored.';
    super(`The publish ${messageId} was given up: ${why}. ${outcome}`);
    this.name = 'PublishTimeoutError';
    this.messageId = messageId;
    this.mayBeStored = mayBeStored;
  }
}

/** More publishes wait to be sent than the client may keep. This one was not kept. */
export class PublishQueueFullError extends Error {
  readonly code = 'PUBLISH_QUEUE_FULL';

  constructor(publishQueueMax: number) {
    super(`${publishQueueMax} publishes wait to be sent (publishQueueMax); wait for some of them first.`);
    this.name = 'PublishQueueFullError';
  }
}

/** More requests wait for their answers than the client may keep. */
export class RequestsFullError extends Error {
  readonly code = 'REQUESTS_FULL';

  constructor(requestsMax: number) {
    super(`${requestsMax} requests wait for their answers; wait for some of them first.`);
    this.name = 'RequestsFullError';
  }
}

/** The answer to a read has more messages than the client keeps. */
export class PageTooLargeError extends Error {
  readonly code = 'PAGE_TOO_LARGE';

  constructor(topic: string, messagesMax: number) {
    super(`${topic}: the answer has more than ${messagesMax} messages.`);
    this.name = 'PageTooLargeError';
  }
}
