/** What can go wrong on a client's side, told apart by `code`. What a gateway refuses is a `ProtocolError`. */

/** The connection is not there, or ended before the answer came. A publish may be sent again with its messageId. */
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

/** The gateway did not answer setup in time. */
export class ConnectTimeoutError extends Error {
  readonly code = 'CONNECT_TIMEOUT';

  constructor(ms: number) {
    super(`The gateway did not answer setup within ${ms} ms.`);
    this.name = 'ConnectTimeoutError';
  }
}
