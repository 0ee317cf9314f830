import { ProtocolError } from '@micro-socket/protocol';

/** How long to wait where nobody knows when it will be better, in milliseconds. */
const AFTER_MS = 1_000;

/** What stores the messages could not be reached or has failed. It does not say whether a publish was stored. */
export function unavailable(problem: string, cause?: unknown): ProtocolError {
  return new ProtocolError('UNAVAILABLE', problem, { afterMs: AFTER_MS, cause });
}
