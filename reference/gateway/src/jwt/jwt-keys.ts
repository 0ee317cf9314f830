/**
 * What the signatures of tokens are checked with: one secret, or public keys.
 *
 * The two never mix. A secret serves HS256 alone, public keys serve the algorithms with public keys alone, and a token
 * cannot choose between them: so a public key can never be used as a secret, nor the algorithm `none` at all.
 */

import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { PolicyError } from '../core/policy-error.ts';
import { isLoopbackOrigin } from '../node/origins.ts';
import { FETCH_INTERVAL_MS, remoteKeySet } from './remote-key-set.ts';

/** The algorithms that tokens may be signed with. `Ed25519` is the newer name of `EdDSA` with that curve (RFC 9864). */
export const JWT_ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

const SECRET_ALGORITHMS: readonly JwtAlgorithm[] = ['HS256'];
const PUBLIC_KEY_ALGORITHMS: readonly JwtAlgorithm[] = ['RS256', 'ES256', 'EdDSA', 'Ed25519'];

/** Shortest secret: as long as the hash that it keys (RFC 7518, section 3.2). */
export const SECRET_BYTES_MIN = 32;

const COOLDOWN_MS = 30_000;
const MAX_AGE_MS = 600_000;

export type JwtKeys = SecretKeys | LocalKeys | RemoteKeys;

/** A secret that the issuer and the gateway share. A string stands for its UTF-8 bytes. At least 32 bytes. */
export interface SecretKeys {
  readonly secret: string | Uint8Array;
}

/** Public keys, as a JSON Web Key Set (RFC 7517). */
export interface LocalKeys {
  readonly jwks: JSONWebKeySet;
}

/** Public keys that the issuer serves: over https, or over http on this machine. */
export interface RemoteKeys {
  readonly jwksUrl: string | URL;
  /** For how long after a fetch a key that is not in the set does not cause another. Default 30 s. */
  readonly cooldownMs?: number;
  /** For how long the set is used without asking for it again. Default 10 min, least 1 s. */
  readonly maxAgeMs?: number;
}

export interface VerificationKeys {
  readonly keyOf: JWTVerifyGetKey;
  readonly algorithms: readonly JwtAlgorithm[];
}

/** Makes the keys ready for use. Throws `PolicyError`. */
export function verificationKeys(
  keys: JwtKeys,
  wanted: readonly JwtAlgorithm[] | undefined,
  now: () => number,
): VerificationKeys {
  if ('secret' in keys) {
    const secret = checkedSecret(keys.secret);
    return { keyOf: async () => secret, algorithms: chosen(wanted, SECRET_ALGORITHMS, 'a secret') };
  }
  const algorithms = chosen(wanted, PUBLIC_KEY_ALGORITHMS, 'public keys');
  if ('jwks' in keys) return { keyOf: localKeySet(keys.jwks), algorithms };
  const { jwksUrl, cooldownMs = COOLDOWN_MS, maxAgeMs = MAX_AGE_MS } = keys;
  if (!(cooldownMs >= 0)) throw new PolicyError('cooldownMs must not be negative');
  if (!(maxAgeMs >= FETCH_INTERVAL_MS)) throw new PolicyError(`maxAgeMs must be at least ${FETCH_INTERVAL_MS}`);
  return { keyOf: remoteKeySet({ url: checkedUrl(jwksUrl), now, cooldownMs, maxAgeMs }), algorithms };
}

function chosen(
  wanted: readonly JwtAlgorithm[] | undefined,
  possible: readonly JwtAlgorithm[],
  keys: string,
): readonly JwtAlgorithm[] {
  if (wanted === undefined) return possible;
  if (wanted.length === 0) throw new PolicyError('algorithms must name at least one');
  const impossible = wanted.find((algorithm) => !possible.includes(algorithm));
  if (impossible === undefined) return [...wanted];
  throw new PolicyError(`${impossible} cannot be used with ${keys}; use ${possible.join(', ')}`);
}

function checkedSecret(secret: string | Uint8Array): Uint8Array {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : new Uint8Array(secret);
  const text = new TextDecoder().decode(bytes);
  // Whoever knows a public key could sign with it if it served as the secret, and everyone may know it.
  if (/^\s*(-----BEGIN |\{[\s\S]*"kty")/.test(text)) {
    throw new PolicyError('the secret is a key in PEM or JSON form; give public keys as a JSON Web Key Set');
  }
  if (bytes.length >= SECRET_BYTES_MIN) return bytes;
  throw new PolicyError(`the secret has ${bytes.length} bytes, and HS256 wants at least ${SECRET_BYTES_MIN}`);
}

function localKeySet(jwks: JSONWebKeySet): JWTVerifyGetKey {
  const keySet = readKeySet(jwks);
  if (jwks.keys.length === 0) throw new PolicyError('the key set has no keys');
  const secretIndex = jwks.keys.findIndex((key) => key.kty === 'oct' || 'd' in key);
  if (secretIndex === -1) return keySet;
  throw new PolicyError(`key ${secretIndex} of the key set is secret; a key set holds public keys only`);
}

function readKeySet(jwks: JSONWebKeySet): JWTVerifyGetKey {
  try {
    return createLocalJWKSet(jwks);
  } catch (cause) {
    throw new PolicyError('the key set is not of the form {"keys": [...]}', { cause });
  }
}

function checkedUrl(address: string | URL): URL {
  if (!URL.canParse(address)) throw new PolicyError('the address of the key set is no URL');
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') {
    throw new PolicyError('the address of the key set must not hold a user name or a password');
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackOrigin(url.origin))) return url;
  throw new PolicyError('the address of the key set must begin with https:// (http:// only on this machine)');
}
