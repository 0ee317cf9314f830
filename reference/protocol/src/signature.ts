/**
 * Publisher signatures (I7): a reader knows that the payload is the publisher's, whoever carried it. §10 of the protocol.
 *
 * Theory of operation. The publisher signs the canonical JSON (RFC 8785) of what it decides: topic, messageId and payload,
 * and key and ref where the message has them. The signature travels with the message, gateways do not look at it, and the
 * reader verifies it with a key that it got some other way. The algorithm is a property of the key and never of the
 * message: a signature that names another one is invalid, so an Ed25519 public key cannot be passed off as an HMAC secret.
 *
 * What it is not. It says nothing about what gateways decide: `seqNo`, `time` and `by` are not signed. So it does not show
 * that a message is new or that none is missing, and the window of a key is judged by a `time` that the gateways vouch
 * for: windows are for planned rotation, and a key that was stolen must be taken out of the verifier. With HS256 everyone
 * who can verify can also sign. A key pair or secret should sign nothing but messages.
 */

import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64UrlDecode, base64UrlEncode } from './base64url.ts';
import { canonicalJson } from './canonical-json.ts';
import { equalInConstantTime } from './constant-time.ts';
import type { JsonValue } from './payload.ts';
import {
  checkSigningKey,
  checkVerifyKey,
  type SignatureAlgorithm,
  SignatureKeyError,
  type SigningKey,
  type VerifyKey,
} from './signature-key.ts';

export {
  ed25519PublicKey,
  type KeyWindow,
  type SignatureAlgorithm,
  SignatureKeyError,
  type SigningKey,
  type VerifyKey,
} from './signature-key.ts';

/** What of a message is signed. A message's `data` is the `payload` that was published. */
export interface SignedContent {
  readonly topic: string;
  readonly messageId: string;
  readonly payload: JsonValue;
  readonly key?: string | undefined;
  readonly ref?: string | undefined;
}

/** A signature as a frame carries it, which may name an algorithm that does not exist. */
export interface CarriedSignature {
  readonly alg: string;
  readonly keyId: string;
  /** base64url without padding: 32 bytes with HS256, 64 bytes with Ed25519. */
  readonly value: string;
}

/** A signature as it is made here. */
export interface Signature extends CarriedSignature {
  readonly alg: SignatureAlgorithm;
}

/** What a reader got. `time` is the message's, in milliseconds since 1970. */
export interface ReceivedMessage extends SignedContent {
  readonly time: number;
  readonly signature?: CarriedSignature | undefined;
}

/** Why a message is not known to be the publisher's. */
export type SignatureRefusal =
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_UNKNOWN_KEY'
  | 'SIGNATURE_INVALID'
  | 'SIGNATURE_KEY_EXPIRED';

export type SignatureVerdict =
  | { readonly ok: true; readonly keyId: string }
  | { readonly ok: false; readonly code: SignatureRefusal; readonly message: string };

const utf8 = new TextEncoder();

/**
 * Signs what a publisher is about to publish; put the result into `publish.signature`. The payload must be one that
 * `payloadProblem` finds nothing in. Throws `SignatureKeyError` for a key that cannot sign, and `TypeError` where
 * `canonicalJson` does.
 */
export function signMessage(message: SignedContent, key: SigningKey): Signature {
  checkSigningKey(key);
  const bytes = signedBytes(message);
  const value = key.alg === 'HS256' ? hmac(sha256, key.secret, bytes) : ed25519.sign(bytes, key.privateKey);
  return { alg: key.alg, keyId: key.keyId, value: base64UrlEncode(value) };
}

/** A key that has been checked and belongs to the verifier alone. */
interface KnownKey {
  readonly alg: SignatureAlgorithm;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly accepts: (bytes: Uint8Array, value: Uint8Array) => boolean;
}

/**
 * Tells whether messages are their publishers'. It holds any number of keys, so that a new one can be handed out before
 * the old one is retired; to change the keys, make a new verifier.
 */
export class SignatureVerifier {
  readonly #keys = new Map<string, KnownKey>();

  /** Throws `SignatureKeyError` for a key that cannot verify, and for two keys with one id. The keys are copied. */
  constructor(keys: readonly VerifyKey[]) {
    for (const key of keys) {
      checkVerifyKey(key);
      if (this.#keys.has(key.keyId)) throw new SignatureKeyError(`There are two keys with the keyId ${key.keyId}.`);
      this.#keys.set(key.keyId, knownKey(key));
    }
  }

  /**
   * Never throws for what a frame can carry. Looks first for a signature, then for its key, then at the algorithm, then
   * at the key's window, and at the value last, because that is what costs.
   */
  // #region verify
  verify(message: ReceivedMessage): SignatureVerdict {
    const { signature, time } = message;
    if (signature === undefined) return refused('SIGNATURE_MISSING', 'The message has no signature.');
    const { alg, keyId } = signature;
    const key = this.#keys.get(keyId);
    if (key === undefined) return refused('SIGNATURE_UNKNOWN_KEY', `The verifier has no key ${keyId}.`);
    if (alg !== key.alg) {
      return refused('SIGNATURE_INVALID', `The signature says ${alg}, but ${keyId} is a key for ${key.alg}.`);
    }
    if (!(time >= key.notBefore && time <= key.notAfter)) {
      return refused('SIGNATURE_KEY_EXPIRED', `The key ${keyId} is not valid for messages of the time ${time}.`);
    }
    if (!isSignedBy(key, message, signature.value)) {
      return refused('SIGNATURE_INVALID', `The signature is not one that ${keyId} gives to this message.`);
    }
    return { ok: true, keyId };
  }
  // #endregion verify
}

function isSignedBy(key: KnownKey, message: SignedContent, value: string): boolean {
  const decoded = base64UrlDecode(value);
  if (decoded === undefined) return false;
  let bytes: Uint8Array;
  try {
    bytes = signedBytes(message);
  } catch (error) {
    // What has no canonical form cannot have been signed, and a reader must not fail on what it was sent.
    if (error instanceof TypeError) return false;
    throw error;
  }
  return key.accepts(bytes, decoded);
}

/** The UTF-8 bytes that are signed. A member that the message does not have is absent, never null. */
function signedBytes({ topic, messageId, payload, key, ref }: SignedContent): Uint8Array {
  const content = {
    topic,
    messageId,
    payload,
    ...(key === undefined ? {} : { key }),
    ...(ref === undefined ? {} : { ref }),
  };
  return utf8.encode(canonicalJson(content));
}

function knownKey(key: VerifyKey): KnownKey {
  const { alg, notBefore = Number.NEGATIVE_INFINITY, notAfter = Number.POSITIVE_INFINITY } = key;
  return {
    alg,
    notBefore,
    notAfter,
    accepts: key.alg === 'HS256' ? acceptsHs256(key.secret) : acceptsEd25519(key.publicKey),
  };
}

function acceptsHs256(secret: Uint8Array): KnownKey['accepts'] {
  const own = Uint8Array.from(secret);
  return (bytes, value) => equalInConstantTime(hmac(sha256, own, bytes), value);
}

/** Strict as RFC 8032 is: one encoding of every point, and S below the order of the group. */
function acceptsEd25519(publicKey: Uint8Array): KnownKey['accepts'] {
  const own = Uint8Array.from(publicKey);
  return (bytes, value) =>
    value.length === ed25519.lengths.signature && ed25519.verify(value, bytes, own, { zip215: false });
}

function refused(code: SignatureRefusal, message: string): SignatureVerdict {
  return { ok: false, code, message };
}
