/**
 * Tokens that are no longer accepted although they have not expired.
 *
 * The list is bounded. At the bound, revocations that no longer count make room; when there are none the next one is
 * refused. Forgetting the oldest instead would let a revoked token in again without a word.
 */

/** Which tokens are revoked: those that all the given fields are true of. At least one of the first three is given. */
export interface Revocation {
  /** Tokens of this principal. */
  readonly sub?: string;
  /** The token with this id. */
  readonly jti?: string;
  /** Tokens issued before this moment, ms since 1970. A token that does not say when it was issued counts as older. */
  readonly issuedBefore?: number;
  /**
   * Moment, ms since 1970, from which on the revocation no longer counts and may be forgotten: give the latest expiry
   * of the tokens that it means. Default: it counts for ever, and keeps its place.
   */
  readonly until?: number;
}

/** What a revocation goes by. */
export interface RevocableToken {
  readonly sub: string;
  readonly jti: string | undefined;
  /** Milliseconds since 1970; undefined when the token does not say. */
  readonly issuedAt: number | undefined;
}

/** A revocation cannot be taken: it is not one, or the list is full of revocations that still count. */
export class RevocationError extends Error {
  readonly code: 'REVOCATION_INVALID' | 'REVOCATIONS_FULL';

  constructor(code: RevocationError['code'], message: string) {
    super(message);
    this.name = 'RevocationError';
    this.code = code;
  }
}

interface Entry {
  readonly issuedBefore: number;
  readonly until: number;
}

export class Revocations {
  readonly #lengthMax: number;
  /** By the principal and the token id that they name. */
  readonly #entries = new Map<string, readonly Entry[]>();
  #length = 0;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** Adds a revocation; others that it makes superfluous leave. Throws `RevocationError`. */
  add(revocation: Revocation, now: number): void {
    check(revocation);
    const { sub, jti, issuedBefore = Number.POSITIVE_INFINITY, until = Number.POSITIVE_INFINITY } = revocation;
    const key = keyOf(sub, jti);
    const entry = { issuedBefore, until };
    if (this.#entries.get(key)?.some((other) => includes(other, entry))) return;
    this.#keep(key, (other) => !includes(entry, other));
    if (this.#length >= this.#lengthMax) this.#forgetUntil(now);
    if (this.#length >= this.#lengthMax) throw full(this.#lengthMax);
    this.#entries.set(key, [...(this.#entries.get(key) ?? []), entry]);
    this.#length += 1;
  }

  /** Whether a token is revoked at this moment. */
  cover({ sub, jti, issuedAt = Number.NEGATIVE_INFINITY }: RevocableToken, now: number): boolean {
    if (this.#length === 0) return false;
    const keys = [keyOf(sub, undefined), keyOf(undefined, undefined)];
    if (jti !== undefined) keys.push(keyOf(sub, jti), keyOf(undefined, jti));
    const covers = ({ issuedBefore, until }: Entry) => issuedAt < issuedBefore && now < until;
    return keys.some((key) => this.#entries.get(key)?.some(covers));
  }

  #forgetUntil(now: number): void {
    for (const key of [...this.#entries.keys()]) this.#keep(key, ({ until }) => now < until);
  }

  #keep(key: string, isKept: (entry: Entry) => boolean): void {
    const entries = this.#entries.get(key) ?? [];
    const kept = entries.filter(isKept);
    this.#length -= entries.length - kept.length;
    if (kept.length === 0) this.#entries.delete(key);
    else this.#entries.set(key, kept);
  }
}

/** Whether every token that one means is meant by the other as well. */
function includes(one: Entry, other: Entry): boolean {
  return one.issuedBefore >= other.issuedBefore && one.until >= other.until;
}

/** No principal's name has a space, so no two pairs share a key. */
function keyOf(sub: string | undefined, jti: string | undefined): string {
  return `${sub ?? ''} ${jti ?? ''}`;
}

function check({ sub, jti, issuedBefore, until }: Revocation): void {
  if (sub === undefined && jti === undefined && issuedBefore === undefined) {
    throw invalid('A revocation wants at least one of sub, jti and issuedBefore.');
  }
  if (sub === '' || sub?.includes(' ')) throw invalid('sub must be the name of a principal.');
  if (jti === '') throw invalid('jti must not be empty.');
  if (Number.isNaN(issuedBefore) || Number.isNaN(until)) {
    throw invalid('issuedBefore and until must be moments in milliseconds since 1970.');
  }
}

function invalid(message: string): RevocationError {
  return new RevocationError('REVOCATION_INVALID', message);
}

function full(lengthMax: number): RevocationError {
  const advice = 'Give each an end with until, or revoke all tokens issued before a moment.';
  return new RevocationError('REVOCATIONS_FULL', `There are ${lengthMax} revocations (revocationsMax). ${advice}`);
}
