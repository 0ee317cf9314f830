/** What is wrong with a token, in words that its holder may read: never the token itself, nor anything secret. */

import { ProtocolError } from '@micro-socket/protocol';
import { errors } from 'jose';

/** The refusal of a token that was not accepted; `undefined` when the error is no fault of the token. */
export function refusalOf(error: unknown): ProtocolError | undefined {
  const reason = reasonOf(error);
  return reason === undefined ? undefined : new ProtocolError('AUTH_FAILED', reason);
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'The token has expired (claim exp).';
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error);
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is not right.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with a key that is not known here.';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'The token must name the key that signed it (kid).';
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return 'The token is signed in a way that is not accepted here.';
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return 'The token in setup is no signed JSON Web Token.';
  }
  return undefined;
}

function claimReason({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `The token has no claim ${claim}.`;
  if (reason === 'invalid') return `The claim ${claim} of the token is no number.`;
  if (claim === 'nbf') return 'The token is not valid yet (claim nbf).';
  return `The claim ${claim} of the token has another value than is wanted here.`;
}
