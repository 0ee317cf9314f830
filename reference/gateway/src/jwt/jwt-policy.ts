/**
 * A policy whose principals bring their grants along, in signed tokens (RFC 7519): who may do what is decided by
 * whoever issues the tokens, and the gateway keeps no list of users.
 *
 * It makes no tokens and knows no users. What it keeps is the keys to check tokens with, and the list of those that
 * were revoked before they expired.
 */

import { ProtocolError } from '@micro-socket/protocol';
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type AccessPolicy, type Action, type Principal, TOKEN_CHARACTERS_MAX } from '../core/access.ts';
import { Grants } from '../core/grants.ts';
import { PolicyError } from '../core/policy-error.ts';
import { type JwtClaims, readClaims } from './jwt-claims.ts';
import { type JwtAlgorithm, type JwtKeys, verificationKeys } from './jwt-keys.ts';
import { refusalOf } from './jwt-refusal.ts';
import { type RevocableToken, type Revocation, Revocations } from './revocations.ts';

export interface JwtPolicyOptions {
  /** What signatures are checked with. */
  readonly keys: JwtKeys;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The value that the claim `iss` must have. Default: any, or none. */
  readonly issuer?: string;
  /** The value that the claim `aud` must have, or hold among others. Default: any, or none. */
  readonly audience?: string;
  /** What tokens may be signed with. Default: all that the kind of keys allows. */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** How far the issuer's clock may be from this one, 0 to 300. Default 30. A token ends this much after its `exp`. */
  readonly clockToleranceSeconds?: number;
  /** Whether a token without `exp` is refused. Default true: a token without an end can only be revoked. */
  readonly requireExpiry?: boolean;
  /** Most revocations that are kept; one more is refused. Default 10,000. */
  readonly revocationsMax?: number;
}

export const CLOCK_TOLERANCE_SECONDS_MAX = 300;
const CLOCK_TOLERANCE_SECONDS = 30;
const REVOCATIONS_MAX = 10_000;

/** What the policy knows of a principal. */
interface Facts extends RevocableToken {
  readonly grants: Grants;
  readonly expiresAt: number;
  /** Never taken back: who was revoked once stays so. */
  revoked: boolean;
  /** The version at which it was last asked whether the token is revoked. */
  askedAt: number;
}

export class JwtPolicy implements AccessPolicy {
  readonly #options: JwtPolicyOptions;
  readonly #keyOf: JWTVerifyGetKey;
  readonly #algorithms: readonly JwtAlgorithm[];
  readonly #toleranceSeconds: number;
  readonly #revocations: Revocations;
  readonly #facts = new WeakMap<Principal, Facts>();
  #version = 0;

  /** Throws `PolicyError`. */
  constructor(options: JwtPolicyOptions) {
    const { keys, algorithms, now } = options;
    this.#options = options;
    ({ keyOf: this.#keyOf, algorithms: this.#algorithms } = verificationKeys(keys, algorithms, now));
    this.#toleranceSeconds = checkedTolerance(options.clockToleranceSeconds ?? CLOCK_TOLERANCE_SECONDS);
    this.#revocations = new Revocations(checkedMax(options.revocationsMax ?? REVOCATIONS_MAX));
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Checks a token: its signature first, then its claims. Rejects with `ProtocolError` AUTH_REQUIRED or AUTH_FAILED, or
   * with `KeysUnavailableError` when the keys cannot be fetched.
   */
  async authenticate(token: string | undefined): Promise<Principal> {
    if (token === undefined) throw new ProtocolError('AUTH_REQUIRED', 'This gateway wants a token in setup.');
    const facts = this.#factsOf(readClaims(await this.#verified(token)));
    if (this.#isExpired(facts)) throw failed('The token has expired (claim exp).');
    if (this.#isRevoked(facts)) throw failed('The token was revoked.');
    const { sub, expiresAt } = facts;
    const principal = { name: sub, ...(expiresAt === Number.POSITIVE_INFINITY ? {} : { expiresAt }) };
    this.#facts.set(principal, facts);
    return principal;
  }

  authorize(principal: Principal, action: Action, topic: string): boolean {
    const facts = this.#facts.get(principal);
    if (facts === undefined || this.#isExpired(facts) || this.#isRevoked(facts)) return false;
    return facts.grants.allow(action, topic);
  }

  isValid(principal: Principal): boolean {
    const facts = this.#facts.get(principal);
    return facts !== undefined && !this.#isRevoked(facts);
  }

  /**
   * Accepts these tokens no longer, and invalidates the principals that they made. Throws `RevocationError`, and then
   * nothing has changed: REVOCATIONS_FULL when `revocationsMax` of them still count.
   */
  revoke(revocation: Revocation): void {
    this.#revocations.add(revocation, this.#options.now());
    this.#version += 1;
  }

  async #verified(token: string): Promise<JWTPayload> {
    if (token.length > TOKEN_CHARACTERS_MAX) {
      throw failed(`The token in setup has more than ${TOKEN_CHARACTERS_MAX} characters.`);
    }
    const { issuer, audience, now, requireExpiry = true } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#keyOf, {
        algorithms: [...this.#algorithms],
        clockTolerance: this.#toleranceSeconds,
        currentDate: new Date(now()),
        requiredClaims: requireExpiry ? ['sub', 'exp'] : ['sub'],
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
      });
      return payload;
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
  }

  #factsOf({ sub, jti, iat, exp, grants = [] }: JwtClaims): Facts {
    return {
      sub,
      jti,
      issuedAt: iat === undefined ? undefined : iat * 1_000,
      expiresAt: exp === undefined ? Number.POSITIVE_INFINITY : (exp + this.#toleranceSeconds) * 1_000,
      grants: new Grants(grants),
      revoked: false,
      askedAt: -1,
    };
  }

  #isExpired({ expiresAt }: Facts): boolean {
    return this.#options.now() >= expiresAt;
  }

  /** Asks the list once for each version: this is asked for every request. */
  #isRevoked(facts: Facts): boolean {
    if (facts.revoked || facts.askedAt === this.#version) return facts.revoked;
    facts.askedAt = this.#version;
    facts.revoked = this.#revocations.cover(facts, this.#options.now());
    return facts.revoked;
  }
}

function failed(message: string): ProtocolError {
  return new ProtocolError('AUTH_FAILED', message);
}

function checkedTolerance(seconds: number): number {
  if (seconds >= 0 && seconds <= CLOCK_TOLERANCE_SECONDS_MAX) return seconds;
  throw new PolicyError(`clockToleranceSeconds must be a number from 0 to ${CLOCK_TOLERANCE_SECONDS_MAX}`);
}

function checkedMax(revocationsMax: number): number {
  if (Number.isSafeInteger(revocationsMax) && revocationsMax >= 1) return revocationsMax;
  throw new PolicyError('revocationsMax must be a whole number from 1');
}
