import { ProtocolError } from '@micro-socket/protocol';

/** How long to wait where nobody knows when there will be room, in milliseconds. */
const AFTER_MS = 1_000;

/** The refusal that names a bound; `afterMs` is the earliest moment at which there can be room. */
export function overloaded(bound: string, afterMs = AFTER_MS): ProtocolError {
  return new ProtocolError('OVERLOADED', `The gateway's bound ${bound} is reached; try again later.`, { afterMs });
}
