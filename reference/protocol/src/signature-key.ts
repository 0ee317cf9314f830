/**
 * The keys of publisher signatures, and what is asked of them. §10 of the protocol.
 *
 * Keys are checked when they are handed over, not when the first message fails: a key that is too short or is none at all
 * is a mistake of whoever configured it. No message of an error ever holds a part of a secret.
 */

import { ed25519 } from '@noble/curves/ed25519.js';

/** `HS256`: HMAC with SHA-256, one secret for both sides. `Ed25519`: RFC 8032, a private and a public key. */
export type SignatureAlgorithm = 'HS256' | 'Ed25519';

/** What a publisher signs with. A `keyId` is 1 to 64 printable ASCII characters without spaces. */
export type SigningKey =
  | { readonly alg: 'HS256'; readonly keyId: string; readonly secret: Uint8Array }
  | { readonly alg: 'Ed25519'; readonly keyId: string; readonly privateKey: Uint8Array };

/** The times of messages that a key may sign, both ends included, in milliseconds since 1970; an absent end is open. */
export interface KeyWindow {
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
}

/** What a reader verifies with. */
export type VerifyKey = KeyWindow &
  (
    | { readonly alg: 'HS256'; readonly keyId: string; readonly secret: Uint8Array }
    | { readonly alg: 'Ed25519'; readonly keyId: string; readonly publicKey: Uint8Array }
  );

/** A key cannot be used; the message says which and why. */
export class SignatureKeyError extends Error {
  readonly code = 'SIGNATURE_KEY_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'SignatureKeyError';
  }
}

/** A shorter secret than the hash is long would be the weakest part (RFC 2104 §3). */
const SECRET_BYTES_MIN = 32;
const ED25519_KEY_BYTES = 32;
const KEY_ID = /^[!-~]{1,64}$/;

/** The public key of an Ed25519 private key, 32 bytes each. Throws `SignatureKeyError`. */
export function ed25519PublicKey(privateKey: Uint8Array): Uint8Array {
  checkLength(privateKey, ED25519_KEY_BYTES, 'An Ed25519 private key');
  return ed25519.getPublicKey(privateKey);
}

/** Throws `SignatureKeyError` for a key that nothing can be signed with. */
export function checkSigningKey(key: SigningKey): void {
  checkKeyId(key.keyId);
  if (key.alg === 'HS256') checkSecret(key.secret, key.keyId);
  else if (key.alg === 'Ed25519') checkLength(key.privateKey, ED25519_KEY_BYTES, `privateKey of the key ${key.keyId}`);
  else throw unknownAlgorithm(key);
}

/** Throws `SignatureKeyError` for a key that nothing can be verified with. */
export function checkVerifyKey(key: VerifyKey): void {
  checkKeyId(key.keyId);
  if (key.alg === 'HS256') checkSecret(key.secret, key.keyId);
  else if (key.alg === 'Ed25519') checkPublicKey(key.publicKey, key.keyId);
  else throw unknownAlgorithm(key);
  checkWindow(key, key.keyId);
}

function checkKeyId(keyId: unknown): void {
  if (typeof keyId === 'string' && KEY_ID.test(keyId)) return;
  throw new SignatureKeyError('A keyId must be 1 to 64 printable ASCII characters without spaces.');
}

function checkSecret(secret: unknown, keyId: string): void {
  if (!(secret instanceof Uint8Array)) throw new SignatureKeyError(`secret of the key ${keyId} must be a Uint8Array.`);
  if (secret.length >= SECRET_BYTES_MIN) return;
  throw new SignatureKeyError(
    `secret of the key ${keyId} has ${secret.length} bytes; take at least ${SECRET_BYTES_MIN} random ones.`,
  );
}

/** A point of small order is no one's key: signatures that fit it can be made without a private key. */
function checkPublicKey(publicKey: unknown, keyId: string): void {
  checkLength(publicKey, ED25519_KEY_BYTES, `publicKey of the key ${keyId}`);
  const strict = ed25519.utils.isValidPublicKey(publicKey as Uint8Array, false);
  if (strict && !ed25519.Point.fromBytes(publicKey as Uint8Array).isSmallOrder()) return;
  throw new SignatureKeyError(`publicKey of the key ${keyId} is not the public key of any Ed25519 private key.`);
}

function checkLength(bytes: unknown, length: number, what: string): void {
  if (!(bytes instanceof Uint8Array)) throw new SignatureKeyError(`${what} must be a Uint8Array of ${length} bytes.`);
  if (bytes.length !== length) throw new SignatureKeyError(`${what} must have ${length} bytes, not ${bytes.length}.`);
}

function checkWindow({ notBefore, notAfter }: KeyWindow, keyId: string): void {
  for (const [name, time] of Object.entries({ notBefore, notAfter })) {
    if (time === undefined || Number.isFinite(time)) continue;
    throw new SignatureKeyError(`${name} of the key ${keyId} must be a time in milliseconds since 1970.`);
  }
  if (notBefore !== undefined && notAfter !== undefined && notBefore > notAfter) {
    throw new SignatureKeyError(`notBefore of the key ${keyId} is later than its notAfter, so no message can have it.`);
  }
}

/** Types rule it out, configuration files do not. */
function unknownAlgorithm(key: never): SignatureKeyError {
  const { alg, keyId } = key as { readonly alg: unknown; readonly keyId: string };
  return new SignatureKeyError(`alg of the key ${keyId} is ${JSON.stringify(alg)}; it must be "HS256" or "Ed25519".`);
}
