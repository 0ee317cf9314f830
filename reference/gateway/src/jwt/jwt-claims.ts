/** The claims of a token that the gateway reads. Others are ignored. */

import { ProtocolError } from '@micro-socket/protocol';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { ANONYMOUS, PRINCIPAL_NAME_PATTERN } from '../core/access.ts';
import { GrantsSchema, grantsProblem } from '../core/grants.ts';
import { schemaProblem } from '../core/policy-error.ts';

/** The last moment that a date can name, in seconds since 1970. */
const SECONDS_MAX = 8_640_000_000_000;
const Seconds = Type.Number({ minimum: 0, maximum: SECONDS_MAX });

const ClaimsSchema = Type.Object({
  /** The principal's name. */
  sub: Type.String({ pattern: PRINCIPAL_NAME_PATTERN }),
  /** When the token ends, and when it was issued: seconds since 1970. */
  exp: Type.Optional(Seconds),
  iat: Type.Optional(Seconds),
  /** Names the token, so that it can be revoked. */
  jti: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  /** What the principal may do. Without it: nothing. */
  grants: Type.Optional(GrantsSchema),
});

const checker = Compile(ClaimsSchema);

export type JwtClaims = Static<typeof ClaimsSchema>;

/** Reads claims whose signature was checked. Throws `ProtocolError` AUTH_FAILED that names the claim. */
export function readClaims(payload: unknown): JwtClaims {
  const problem = schemaProblem(checker, payload, 'the whole') ?? furtherProblem(payload as JwtClaims);
  if (problem === undefined) return payload as JwtClaims;
  throw new ProtocolError('AUTH_FAILED', `The claims of the token cannot be used: ${problem}.`);
}

function furtherProblem({ sub, grants = [] }: JwtClaims): string | undefined {
  if (sub === ANONYMOUS) return `sub must not be ${ANONYMOUS}, the name of clients without a token`;
  const problem = grantsProblem(grants);
  return problem === undefined ? undefined : `grants.${problem}`;
}
