import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ed25519PublicKey,
  SignatureKeyError,
  SignatureVerifier,
  type SigningKey,
  signMessage,
  type VerifyKey,
} from '../src/signature.ts';
import { privateKey, publicKey, secret } from './support/integrity-vectors.ts';

const content = { topic: 't', messageId: 'm', payload: null };
const hs256 = { alg: 'HS256', keyId: 'k', secret } as const;
const ed25519 = { alg: 'Ed25519', keyId: 'k', privateKey } as const;
const ed25519Public = { alg: 'Ed25519', keyId: 'k', publicKey } as const;

function problemOf(use: () => unknown): SignatureKeyError {
  try {
    use();
  } catch (error) {
    if (error instanceof SignatureKeyError) return error;
    throw error;
  }
  throw new Error('The key was accepted.');
}

const badEverywhere: [string, Record<string, unknown>, string][] = [
  ['an algorithm that does not exist', { ...hs256, alg: 'HS512' }, '"HS512"'],
  ['the algorithm none', { ...hs256, alg: 'none' }, '"none"'],
  ['no algorithm', { ...hs256, alg: undefined }, 'alg of the key k'],
  ['no keyId', { ...hs256, keyId: undefined }, 'keyId'],
  ['an empty keyId', { ...hs256, keyId: '' }, 'keyId'],
  ['a keyId of 65 characters', { ...hs256, keyId: 'k'.repeat(65) }, 'keyId'],
  ['a keyId with a space', { ...hs256, keyId: 'a b' }, 'keyId'],
  ['a keyId with a line end', { ...hs256, keyId: 'a\n' }, 'keyId'],
  ['a keyId beyond ASCII', { ...hs256, keyId: 'ключ' }, 'keyId'],
  ['a secret of 31 bytes', { ...hs256, secret: secret.subarray(1) }, '31 bytes'],
  ['a secret that is text', { ...hs256, secret: 'x'.repeat(32) }, 'Uint8Array'],
  ['no secret', { ...hs256, secret: undefined }, 'Uint8Array'],
];

describe('a key that cannot be used is refused with what is wrong with it (I7, §10)', () => {
  it.each([
    ...badEverywhere,
    ['a private key of 64 bytes', { ...ed25519, privateKey: new Uint8Array(64) }, '32 bytes, not 64'],
    ['a private key that is text', { ...ed25519, privateKey: 'ab'.repeat(32) }, 'Uint8Array'],
    ['a public key in its place', ed25519Public, 'privateKey of the key k'],
  ] as [string, Record<string, unknown>, string][])('signing: %s', (_title, key, reason) => {
    const problem = problemOf(() => signMessage(content, key as unknown as SigningKey));
    expect(problem.code).toBe('SIGNATURE_KEY_INVALID');
    expect(problem.message).toContain(reason);
  });

  it.each([
    ...badEverywhere,
    ['a public key of 31 bytes', { ...ed25519Public, publicKey: publicKey.subarray(1) }, '32 bytes, not 31'],
    ['a private key in its place', ed25519, 'publicKey of the key k'],
    ['bytes that are no point of the curve', { ...ed25519Public, publicKey: point(2) }, 'not the public key'],
    ['the neutral point', { ...ed25519Public, publicKey: point(1) }, 'not the public key'],
    ['a point of order four', { ...ed25519Public, publicKey: point(0) }, 'not the public key'],
    ['another encoding of a point', { ...ed25519Public, publicKey: notReduced() }, 'not the public key'],
    ['a time that is none', { ...hs256, notBefore: Number.NaN }, 'notBefore of the key k'],
    ['a time that is text', { ...hs256, notAfter: '2026-01-01' }, 'notAfter of the key k'],
    ['an end before the start', { ...hs256, notBefore: 2, notAfter: 1 }, 'later than its notAfter'],
  ] as [string, Record<string, unknown>, string][])('verifying: %s', (_title, key, reason) => {
    const problem = problemOf(() => new SignatureVerifier([key as unknown as VerifyKey]));
    expect(problem.code).toBe('SIGNATURE_KEY_INVALID');
    expect(problem.message).toContain(reason);
  });

  it('verifying: two keys with one id', () => {
    expect(problemOf(() => new SignatureVerifier([hs256, ed25519Public])).message).toContain('two keys');
  });
});

describe('ed25519PublicKey', () => {
  it('is the public key of RFC 8032, §7.1, test 1', () => {
    expect(ed25519PublicKey(privateKey)).toEqual(publicKey);
  });

  it('is what Node makes of a new private key', () => {
    const pair = generateKeyPairSync('ed25519');
    const { d = '' } = pair.privateKey.export({ format: 'jwk' });
    const { x = '' } = createPublicKey(pair.privateKey).export({ format: 'jwk' });
    expect(Buffer.from(ed25519PublicKey(Buffer.from(d, 'base64url'))).toString('base64url')).toBe(x);
  });

  it.each([[new Uint8Array(31)], [new Uint8Array(33)], ['ab'.repeat(32)], [undefined]])('refuses %o', (key) => {
    expect(problemOf(() => ed25519PublicKey(key as Uint8Array)).code).toBe('SIGNATURE_KEY_INVALID');
  });
});

/** 32 bytes that say y, little-endian. */
function point(y: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? y : 0));
}

/** y = p + 3, which a lax reader takes for y = 3. */
function notReduced(): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0xf0 : index === 31 ? 0x7f : 0xff));
}
