/**
 * Close codes. §7 of the protocol.
 *
 * The number alone tells a client what to do: 4000–4099 do not reconnect unchanged, 4100–4199 reconnect with
 * full-jitter back-off, 4200–4299 reconnect inside the window that `goodbye` named.
 */

export const CLOSE_CODES = {
  NORMAL: { code: 1000, meaning: 'The client is done.' },
  MESSAGE_TOO_BIG: { code: 1009, meaning: 'A frame has more bytes than frameBytesReadMax.' },
  PROTOCOL_ERROR: { code: 4000, meaning: 'Too many frames that cannot be understood (badFramesMax).' },
  VERSION_UNSUPPORTED: { code: 4001, meaning: 'The protocol version of setup is not spoken here.' },
  SETUP_TIMEOUT: { code: 4003, meaning: 'No setup was accepted within setupDeadlineMs.' },
  AUTH_FAILED: { code: 4004, meaning: 'The token of setup is missing or not valid.' },
  SESSION_TAKEN_OVER: { code: 4005, meaning: 'The session was resumed on another connection.' },
  TOKEN_EXPIRED: { code: 4006, meaning: 'The token has expired and was not refreshed; connect with a new one.' },
  ACCESS_REVOKED: { code: 4007, meaning: 'The token was revoked.' },
  INTERNAL: { code: 4100, meaning: 'The gateway failed in a way that it did not expect.' },
  OVERLOADED: { code: 4101, meaning: 'The gateway has connectionsMax connections.' },
  SLOW_CONSUMER: { code: 4102, meaning: 'The client asks but does not read (sendBufferBytesMax).' },
  NO_PONG: { code: 4103, meaning: 'The client was silent for pongTimeoutMs after a ping.' },
  DRAINING: {
    code: 4200,
    meaning: 'The gateway is shutting down; goodbye named the reconnect window to clients that were set up.',
  },
} as const;

export type CloseName = keyof typeof CLOSE_CODES;

/** What a client does after a close. */
export type ReconnectPolicy = 'stop' | 'back-off' | 'window';

/** Codes of RFC 6455 after which the same would happen again: done, rule broken, not UTF-8, not allowed, too big. */
const FINAL_CODES: readonly number[] = [1000, 1002, 1007, 1008, 1009];

/** The reconnect policy that a close code carries in its range. Other codes below 4000 (a lost link) mean back-off. */
export function reconnectPolicyOf(code: number): ReconnectPolicy {
  if (FINAL_CODES.includes(code)) return 'stop';
  if (code >= 4000 && code <= 4099) return 'stop';
  if (code >= 4200 && code <= 4299) return 'window';
  return 'back-off';
}
