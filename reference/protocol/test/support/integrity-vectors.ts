/** `vectors/integrity.json`, which other implementations are tested with too. */

import { readFileSync } from 'node:fs';
import type { ChecksummedMessage } from '../../src/checksum.ts';
import type { Signature, SignedContent, SigningKey, VerifyKey } from '../../src/signature.ts';

interface IntegrityVectors {
  readonly checksums: readonly {
    readonly name: string;
    readonly message: ChecksummedMessage;
    readonly canonical: string;
    readonly checksum: number;
    readonly sum: number;
  }[];
  readonly keys: readonly [
    { readonly alg: 'HS256'; readonly keyId: string; readonly secretHex: string },
    { readonly alg: 'Ed25519'; readonly keyId: string; readonly privateKeyHex: string; readonly publicKeyHex: string },
  ];
  readonly signatures: readonly {
    readonly name: string;
    readonly message: SignedContent;
    readonly signed: string;
    readonly signature: Signature;
  }[];
}

export const vectors: IntegrityVectors = JSON.parse(
  readFileSync(new URL('../../vectors/integrity.json', import.meta.url), 'utf8'),
);

const [hs256, ed25519] = vectors.keys;
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

export const secret = bytes(hs256.secretHex);
export const privateKey = bytes(ed25519.privateKeyHex);
export const publicKey = bytes(ed25519.publicKeyHex);

/** The test key of each algorithm, to sign with and to verify with. */
export const signingKeys = {
  HS256: { alg: 'HS256', keyId: hs256.keyId, secret },
  Ed25519: { alg: 'Ed25519', keyId: ed25519.keyId, privateKey },
} as const satisfies Record<string, SigningKey>;

export const verifyKeys = {
  HS256: { alg: 'HS256', keyId: hs256.keyId, secret },
  Ed25519: { alg: 'Ed25519', keyId: ed25519.keyId, publicKey },
} as const satisfies Record<string, VerifyKey>;
