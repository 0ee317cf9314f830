/**
 * Makes and checks resume keys (§4.7, I6).
 *
 * A key is a message authentication code over the session, its user and the time at which it began. So nothing has to
 * be stored: every gateway that has the secret can check every key, and nobody else can make one.
 */

import { equalInConstantTime } from '@micro-socket/protocol';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Shortest secret, in bytes: as long as the code that it makes. */
export const SESSION_SECRET_BYTES_MIN = 32;

const CODE_CHARACTERS = 40;

/** A session as its key vouches for it. */
export interface SessionIdentity {
  readonly sessionId: string;
  readonly user: string;
  /** When the session began, in milliseconds since 1970. */
  readonly beganAt: number;
}

export class SessionKeys {
  readonly #secret: Uint8Array;
  readonly #lifetimeMs: number;

  /** Throws `RangeError` for a secret that is too short. */
  constructor(secret: Uint8Array, lifetimeMs: number) {
    if (secret.length < SESSION_SECRET_BYTES_MIN) {
      throw new RangeError(`A session secret has at least ${SESSION_SECRET_BYTES_MIN} bytes, not ${secret.length}.`);
    }
    this.#secret = secret;
    this.#lifetimeMs = lifetimeMs;
  }

  keyOf({ sessionId, user, beganAt }: SessionIdentity): string {
    const began = Math.floor(beganAt).toString(36);
    const code = hmac(sha256, this.#secret, utf8ToBytes(`${sessionId}\n${user}\n${began}`));
    return `${began}.${bytesToHex(code).slice(0, CODE_CHARACTERS)}`;
  }

  /** The session that the key is for, or `undefined` when it is not this user's, not this session's, or too old. */
  check(sessionId: string, user: string, resumeKey: string, now: number): SessionIdentity | undefined {
    const beganAt = Number.parseInt(resumeKey.split('.', 1)[0] ?? '', 36);
    if (!Number.isSafeInteger(beganAt)) return undefined;
    const identity = { sessionId, user, beganAt };
    const isGood = equalInConstantTime(utf8ToBytes(this.keyOf(identity)), utf8ToBytes(resumeKey));
    return isGood && now - beganAt < this.#lifetimeMs ? identity : undefined;
  }
}
