/**
 * Who may use this gateway as its backbone: whoever has the key. Such an edge has seen to access itself, so it may do
 * everything, in the name of everybody.
 *
 * Without a key everyone who can connect is an edge. That is for addresses that only the operator's own programs reach,
 * and whoever starts the gateway has to see to it.
 */

import { equalInConstantTime, ProtocolError } from '@micro-socket/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import { type AccessPolicy, type Principal, TOKEN_CHARACTERS_MAX } from './access.ts';

/** Shortest key, in characters: about 128 bits where a program has made it. */
export const EDGE_KEY_CHARACTERS_MIN = 22;

const EDGE: Principal = { name: 'edge', kind: 'service', isEdge: true };

export class EdgePolicy implements AccessPolicy {
  readonly version = 0;
  readonly #digest: Uint8Array | undefined;

  /** Throws `RangeError` for a key that could be guessed. */
  constructor(key: string | undefined) {
    if (key !== undefined && (key.length < EDGE_KEY_CHARACTERS_MIN || key.length > TOKEN_CHARACTERS_MAX)) {
      throw new RangeError(`An edge key has ${EDGE_KEY_CHARACTERS_MIN} to ${TOKEN_CHARACTERS_MAX} characters.`);
    }
    this.#digest = key === undefined ? undefined : digestOf(key);
  }

  /** Whether this is the token of an edge. */
  accepts(token: string | undefined): boolean {
    if (this.#digest === undefined) return true;
    return token !== undefined && equalInConstantTime(digestOf(token), this.#digest);
  }

  async authenticate(token: string | undefined): Promise<Principal> {
    if (this.accepts(token)) return EDGE;
    if (token === undefined)
      throw new ProtocolError('AUTH_REQUIRED', 'This gateway is an engine and wants its edge key.');
    throw new ProtocolError('AUTH_FAILED', 'The token in setup is not the edge key of this engine.');
  }

  authorize(principal: Principal): boolean {
    return principal === EDGE;
  }

  isValid(principal: Principal): boolean {
    return principal === EDGE;
  }
}

function digestOf(token: string): Uint8Array {
  return sha256(new TextEncoder().encode(token.slice(0, TOKEN_CHARACTERS_MAX)));
}
