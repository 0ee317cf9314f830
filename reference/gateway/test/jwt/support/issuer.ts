/** An issuer of tokens with real keys, whose clock a test drives by hand. */

import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import type { JwtAlgorithm } from '../../../src/jwt/index.ts';

export const SECRET = 'a secret of thirty-two bytes and more';

/** Seconds since 1970, as claims hold them. */
export const START_SECONDS = 1_700_000_000;

/** The time, in milliseconds, moved by assignment. */
export class HandClock {
  seconds = START_SECONDS;
  readonly now = () => this.seconds * 1_000;
}

export interface KeyPair {
  readonly alg: JwtAlgorithm;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function keyPair(alg: JwtAlgorithm, kid: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export function keySetOf(...pairs: readonly KeyPair[]): JSONWebKeySet {
  return { keys: pairs.map(({ publicJwk }) => publicJwk) };
}

/** The claims of a good token; a claim that is `undefined` is left out. */
export type Claims = Record<string, unknown>;

const GOOD_CLAIMS = {
  sub: 'ann',
  exp: START_SECONDS + 600,
  grants: [{ pattern: 'prices.*', actions: ['subscribe'] }],
};

/** A token signed with a secret. */
export function secretToken(claims: Claims = {}, header: Partial<JWTHeaderParameters> = {}, secret = SECRET) {
  return signed(claims, { alg: 'HS256', ...header }, new TextEncoder().encode(secret));
}

/** A token signed with the private key of a pair. */
export function keyToken({ alg, kid, privateKey }: KeyPair, claims: Claims = {}, header: Claims = {}) {
  return signed(claims, { alg, kid, ...header }, privateKey);
}

function signed(claims: Claims, header: JWTHeaderParameters, key: CryptoKey | Uint8Array): Promise<string> {
  return new SignJWT({ ...GOOD_CLAIMS, ...claims }).setProtectedHeader(header).sign(key);
}

/** The parts of a token that nobody signed. */
export function unsigned(header: unknown, claims: Claims = {}, signature = ''): string {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encoded(header)}.${encoded({ ...GOOD_CLAIMS, ...claims })}.${signature}`;
}
