import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { canonicalJson } from '../src/canonical-json.ts';
import {
  type ReceivedMessage,
  type Signature,
  SignatureVerifier,
  type SignedContent,
  type SigningKey,
  signMessage,
} from '../src/signature.ts';
import { messageId, payload, text, topic } from './support/arbitraries.ts';
import { privateKey, publicKey, secret, signingKeys, vectors, verifyKeys } from './support/integrity-vectors.ts';
import { reordered } from './support/reordered.ts';

const ALGORITHMS = ['HS256', 'Ed25519'] as const;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The order of the group, L in RFC 8032. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const key = text.filter((value) => value.length > 0);
const content: fc.Arbitrary<SignedContent> = fc.record(
  { topic, messageId, payload, key, ref: messageId },
  { requiredKeys: ['topic', 'messageId', 'payload'], noNullPrototype: true },
);
const verifier = new SignatureVerifier([verifyKeys.HS256, verifyKeys.Ed25519]);
const accepted = (by: SigningKey) => ({ ok: true, keyId: by.keyId });
const order: SignedContent = {
  topic: 'orders',
  messageId: 'm-1',
  payload: { price: '1.08412' },
  key: 'order-17',
  ref: 'm-0',
};

function received(message: SignedContent, by: SigningKey, time = 0): ReceivedMessage & { signature: Signature } {
  return { ...message, time, signature: signMessage(message, by) };
}

/** The text that is signed, put together here by hand. */
function signedText(message: SignedContent): string {
  const members = [
    message.key === undefined ? [] : [`"key":${canonicalJson(message.key)}`],
    [`"messageId":${canonicalJson(message.messageId)}`, `"payload":${canonicalJson(message.payload)}`],
    message.ref === undefined ? [] : [`"ref":${canonicalJson(message.ref)}`],
    [`"topic":${canonicalJson(message.topic)}`],
  ];
  return `{${members.flat().join(',')}}`;
}

describe('a signature (I7, §10)', () => {
  it.each(ALGORITHMS)('%s: is verified, whatever the message and the order of its keys', (alg) => {
    fc.assert(
      fc.property(content, fc.nat({ max: 5 }), (message, rotation) => {
        const got = received(message, signingKeys[alg]);
        expect(verifier.verify(got)).toEqual(accepted(signingKeys[alg]));
        const again = { ...got, payload: reordered(message.payload, rotation) };
        expect(verifier.verify(again)).toEqual(accepted(signingKeys[alg]));
      }),
      { numRuns: runs(25) },
    );
  });

  it('HS256: is the HMAC that Node computes', () => {
    fc.assert(
      fc.property(content, fc.uint8Array({ minLength: 32, maxLength: 200 }), (message, own) => {
        expect(signMessage(message, { alg: 'HS256', keyId: 'k', secret: own })).toEqual({
          alg: 'HS256',
          keyId: 'k',
          value: createHmac('sha256', own).update(signedText(message), 'utf8').digest('base64url'),
        });
      }),
      { numRuns: runs(100) },
    );
  });

  it('Ed25519: is verified by Node, and is the very one that Node makes', () => {
    fc.assert(
      fc.property(content, (message) => {
        const { keyPair, raw } = nodePair();
        const { value } = signMessage(message, { alg: 'Ed25519', keyId: 'k', privateKey: raw.privateKey });
        const bytes = Buffer.from(signedText(message), 'utf8');
        expect(verify(null, bytes, keyPair.publicKey, Buffer.from(value, 'base64url'))).toBe(true);
        expect(sign(null, bytes, keyPair.privateKey).toString('base64url')).toBe(value);
      }),
      { numRuns: runs(25) },
    );
  });

  it('Ed25519: one that Node made is verified', () => {
    fc.assert(
      fc.property(content, (message) => {
        const { keyPair, raw } = nodePair();
        const value = sign(null, Buffer.from(signedText(message), 'utf8'), keyPair.privateKey).toString('base64url');
        const own = new SignatureVerifier([{ alg: 'Ed25519', keyId: 'k', publicKey: raw.publicKey }]);
        const got = { ...message, time: 0, signature: { alg: 'Ed25519', keyId: 'k', value } };
        expect(own.verify(got)).toEqual({ ok: true, keyId: 'k' });
      }),
      { numRuns: runs(25) },
    );
  });

  it('does not cover `time`, which the gateway gives', () => {
    const got = received(order, signingKeys.HS256, 1);
    expect(verifier.verify({ ...got, time: 2 })).toEqual(accepted(signingKeys.HS256));
  });
});

describe('any single change makes a signature invalid (I7, §10)', () => {
  const change: fc.Arbitrary<Partial<SignedContent>> = fc.oneof(
    fc.record({ topic }),
    fc.record({ messageId }),
    fc.record({ payload }),
    fc.record({ key: fc.option(key, { nil: undefined }) }),
    fc.record({ ref: fc.option(messageId, { nil: undefined }) }),
  );

  it.each(ALGORITHMS)('%s: of topic, messageId, payload, key or ref', (alg) => {
    fc.assert(
      fc.property(content, change, (message, changed) => {
        fc.pre(signedText({ ...message, ...changed }) !== signedText(message));
        const got = { ...received(message, signingKeys[alg]), ...changed };
        expect(verifier.verify(got)).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' });
      }),
      { numRuns: runs(40) },
    );
  });

  it.each(ALGORITHMS)('%s: of any character of its value', (alg) => {
    const got = received(order, signingKeys[alg]);
    const { value } = got.signature;
    fc.assert(
      fc.property(fc.nat({ max: value.length - 1 }), fc.constantFrom(...BASE64URL, '=', '+', '/', ' '), (at, other) => {
        fc.pre(value[at] !== other);
        const changed = value.slice(0, at) + other + value.slice(at + 1);
        expect(verifier.verify({ ...got, signature: { ...got.signature, value: changed } })).toMatchObject({
          ok: false,
          code: 'SIGNATURE_INVALID',
        });
      }),
      { numRuns: runs(60) },
    );
  });

  it.each(ALGORITHMS)('%s: of the length of its value, and of its padding', (alg) => {
    const got = received(order, signingKeys[alg]);
    const { value } = got.signature;
    for (const changed of ['', value.slice(0, -1), value.slice(0, -2), `${value}A`, `${value}AA`, `${value}=`]) {
      const verdict = verifier.verify({ ...got, signature: { ...got.signature, value: changed } });
      expect(verdict, changed).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' });
    }
  });

  it('a key and a ref that changed places', () => {
    const got = { ...received(order, signingKeys.HS256), key: order.ref, ref: order.key };
    expect(verifier.verify(got)).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it('Ed25519: of S by the order of the group', () => {
    const got = received(order, signingKeys.Ed25519);
    const value = Buffer.from(got.signature.value, 'base64url');
    const raised = fromLittleEndian(value.subarray(32)) + GROUP_ORDER;
    const signature = { ...got.signature, value: base64Url(value.subarray(0, 32), littleEndian(raised)) };
    expect(verifier.verify({ ...got, signature })).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it('Ed25519: of the encoding of R, where a lax verifier takes another', () => {
    // The neutral point, written as y = p + 1 instead of y = 1; with it a signer can make a value that fits.
    const r = littleEndian(2n ** 255n - 19n + 1n);
    const bytes = Buffer.from(signedText(order), 'utf8');
    const scalar = createHash('sha512').update(privateKey).digest().subarray(0, 32);
    scalar.set([(scalar[0] as number) & 248], 0);
    scalar.set([((scalar[31] as number) & 127) | 64], 31);
    const challenge = fromLittleEndian(createHash('sha512').update(r).update(publicKey).update(bytes).digest());
    const value = base64Url(r, littleEndian((challenge * fromLittleEndian(scalar)) % GROUP_ORDER));
    expect(ed25519.verify(Buffer.from(value, 'base64url'), bytes, publicKey, { zip215: true })).toBe(true);
    const signature = { alg: 'Ed25519', keyId: signingKeys.Ed25519.keyId, value };
    expect(verifier.verify({ ...order, time: 0, signature })).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });
});

describe('SignatureVerifier (I7, §10)', () => {
  it('says that a signature is missing', () => {
    expect(verifier.verify({ ...order, time: 0 })).toMatchObject({ ok: false, code: 'SIGNATURE_MISSING' });
  });

  it('says that it does not know a key, and names it', () => {
    const got = received(order, { ...signingKeys.HS256, keyId: 'stranger' });
    const verdict = verifier.verify(got);
    expect(verdict).toMatchObject({ ok: false, code: 'SIGNATURE_UNKNOWN_KEY' });
    expect(verdict).toHaveProperty('message', expect.stringContaining('stranger'));
    expect(new SignatureVerifier([]).verify(got)).toMatchObject({ code: 'SIGNATURE_UNKNOWN_KEY' });
  });

  it('does not know keys by the names of what every object has', () => {
    for (const keyId of ['__proto__', 'constructor', 'toString']) {
      const got = received(order, { ...signingKeys.HS256, keyId });
      expect(verifier.verify(got)).toMatchObject({ code: 'SIGNATURE_UNKNOWN_KEY' });
    }
  });

  it('takes the algorithm from the key: a public key is never used as a secret', () => {
    const forged = received(order, { alg: 'HS256', keyId: signingKeys.Ed25519.keyId, secret: publicKey });
    expect(verifier.verify(forged)).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' });
    const renamed = { ...forged, signature: { ...forged.signature, alg: 'Ed25519' } };
    expect(verifier.verify(renamed)).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' });
  });

  it.each(['none', 'hs256', 'ED25519', 'HS512', ''])(
    'refuses the algorithm %j with a value that would be right',
    (alg) => {
      const got = received(order, signingKeys.HS256);
      const verdict = verifier.verify({ ...got, signature: { ...got.signature, alg } });
      expect(verdict).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' });
    },
  );

  it('refuses a signature of another key under this key’s name', () => {
    const others: SigningKey[] = [
      { ...signingKeys.HS256, secret: secret.toReversed() },
      { ...signingKeys.Ed25519, privateKey: privateKey.toReversed() },
    ];
    for (const other of others) {
      expect(verifier.verify(received(order, other))).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' });
    }
  });

  it('holds several keys, each valid for messages inside its window, both ends included', () => {
    const old = { ...signingKeys.HS256, keyId: 'old' };
    const next = { ...signingKeys.HS256, keyId: 'next', secret: secret.toReversed() };
    const rotating = new SignatureVerifier([
      { ...old, notAfter: 200 },
      { ...next, notBefore: 100, notAfter: 300 },
    ]);
    const codeAt = (by: SigningKey, time: number) => {
      const verdict = rotating.verify(received(order, by, time));
      return verdict.ok ? 'ok' : verdict.code;
    };
    expect([-1e12, 200, 200.001].map((time) => codeAt(old, time))).toEqual(['ok', 'ok', 'SIGNATURE_KEY_EXPIRED']);
    expect([99.9, 100, 300, 301].map((time) => codeAt(next, time))).toEqual([
      'SIGNATURE_KEY_EXPIRED',
      'ok',
      'ok',
      'SIGNATURE_KEY_EXPIRED',
    ]);
    expect(codeAt(old, Number.NaN)).toBe('SIGNATURE_KEY_EXPIRED');
  });

  it('keeps its own copy of the keys', () => {
    const own = { alg: 'HS256', keyId: 'k', secret: Uint8Array.from(secret) } as const;
    const pair = { alg: 'Ed25519', keyId: 'p', publicKey: Uint8Array.from(publicKey) } as const;
    const keeping = new SignatureVerifier([own, pair]);
    const got = [received(order, own), received(order, { ...signingKeys.Ed25519, keyId: 'p' })];
    own.secret.fill(0);
    pair.publicKey.fill(0);
    expect(got.map((message) => keeping.verify(message).ok)).toEqual([true, true]);
  });

  it('refuses what has no canonical form instead of failing on it', () => {
    const got = received(order, signingKeys.HS256);
    for (const bad of ['\ud800', { '\udfff': 1 }, Number.NaN, undefined]) {
      const message = { ...got, payload: bad as string };
      expect(verifier.verify(message)).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' });
    }
    expect(verifier.verify({ ...got, key: '\ud800' })).toMatchObject({ ok: false, code: 'SIGNATURE_INVALID' });
  });
});

describe('vectors/integrity.json: signatures', () => {
  it('has two of each algorithm', () => {
    expect(vectors.signatures.map(({ signature }) => signature.alg)).toEqual(['HS256', 'HS256', 'Ed25519', 'Ed25519']);
  });

  it.each(vectors.signatures)('$name', ({ message, signed, signature }) => {
    expect(signedText(message)).toBe(signed);
    expect(computedByNode(signature.alg, Buffer.from(signed, 'utf8'))).toBe(signature.value);
    expect(signMessage(message, signingKeys[signature.alg])).toEqual(signature);
    expect(verifier.verify({ ...message, time: 0, signature })).toEqual({ ok: true, keyId: signature.keyId });
  });
});

function computedByNode(alg: Signature['alg'], bytes: Uint8Array): string {
  if (alg === 'HS256') return createHmac('sha256', secret).update(bytes).digest('base64url');
  const [d, x] = [privateKey, publicKey].map((raw) => Buffer.from(raw).toString('base64url')) as [string, string];
  const nodeKey = createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', d, x } });
  return sign(null, bytes, nodeKey).toString('base64url');
}

/** A new pair of Node's, and its raw bytes. */
function nodePair() {
  const keyPair = generateKeyPairSync('ed25519');
  const { d = '' } = keyPair.privateKey.export({ format: 'jwk' });
  const { x = '' } = createPublicKey(keyPair.privateKey).export({ format: 'jwk' });
  const raw = { privateKey: Buffer.from(d, 'base64url'), publicKey: Buffer.from(x, 'base64url') };
  return { keyPair, raw };
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return [...bytes].reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** 32 bytes. */
function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}

function base64Url(...parts: Uint8Array[]): string {
  return Buffer.concat(parts).toString('base64url');
}
