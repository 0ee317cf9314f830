/** Why a backbone over NATS does not start. What goes wrong later is told with UNAVAILABLE and with `problem`. */

import type { StreamDifference } from './stream-config.ts';

/** Nobody answers at the address, or the server does not let this client in. */
export class NatsConnectError extends Error {
  readonly code: 'NATS_UNREACHABLE' | 'NATS_REFUSED';

  constructor(code: 'NATS_UNREACHABLE' | 'NATS_REFUSED', message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'NatsConnectError';
    this.code = code;
  }
}

/** The server cannot do what a backbone needs: it is too old, or has no JetStream. */
export class NatsUnsuitableError extends Error {
  readonly code = 'NATS_UNSUITABLE';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'NatsUnsuitableError';
  }
}

/** A stream of this name exists and is made otherwise. Nothing of it was changed. */
export class StreamMismatchError extends Error {
  readonly code = 'STREAM_MISMATCH';
  readonly stream: string;
  readonly differences: readonly StreamDifference[];

  constructor(stream: string, differences: readonly StreamDifference[]) {
    const list = differences.map(
      ({ field, is, mustBe }) => `${field} is ${JSON.stringify(is)} and must be ${JSON.stringify(mustBe)}`,
    );
    super(
      `The JetStream stream ${stream} exists with another configuration: ${list.join('; ')}. ` +
        `Start with the limits and replicas that it was made for, edit or delete it by hand, or choose another stream name.`,
    );
    this.name = 'StreamMismatchError';
    this.stream = stream;
    this.differences = differences;
  }
}
