/** Errors as they come from a gateway. */

import { ERRORS, type ErrorCode, type ErrorFrameBody, ProtocolError } from '@micro-socket/protocol';

/** A code that this client does not know is judged by `retry` (§3.2) and told as INTERNAL. */
export function errorOf({ id, code, message, retry, topic, afterMs }: ErrorFrameBody): ProtocolError {
  const known: ErrorCode = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'INTERNAL';
  return new ProtocolError(known, message, { id, topic, afterMs, retry });
}

/** Whether the same request may succeed later. */
export function mayRetry(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && error.retry;
}
