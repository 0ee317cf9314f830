/** Who asks over HTTP: the token in the header `Authorization` (§11). */

import { ProtocolError } from '@micro-socket/protocol';

/** The token of `Authorization: Bearer`; `undefined` without the header. Throws `ProtocolError` AUTH_FAILED. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (token !== undefined) return token;
  throw new ProtocolError('AUTH_FAILED', 'The header Authorization must be of the form Bearer TOKEN.');
}
