/**
 * The whole access policy of a gateway as one document: users and grants as `StaticPolicy` reads them, and in the field
 * `jwt` how signed tokens are checked.
 */

import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { AccessPolicy } from '../core/access.ts';
import { CombinedPolicy } from '../core/combined-policy.ts';
import { PolicyError, schemaProblem } from '../core/policy-error.ts';
import { StaticPolicy } from '../core/static-policy.ts';
import { JWT_ALGORITHMS, type JwtKeys } from './jwt-keys.ts';
import { CLOCK_TOLERANCE_SECONDS_MAX, JwtPolicy } from './jwt-policy.ts';

/** What reading a policy document needs of the world. */
export interface PolicyPorts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The text of a file that the document names, UTF-8. Throws when there is none. */
  readonly readFile: (path: string) => string;
}

const Text = Type.String({ minLength: 1, maxLength: 4_096 });

const JwtSchema = Type.Object(
  {
    secret: Type.Optional(Text),
    secretFile: Type.Optional(Text),
    jwksFile: Type.Optional(Text),
    jwksUrl: Type.Optional(Text),
    issuer: Type.Optional(Text),
    audience: Type.Optional(Text),
    algorithms: Type.Optional(Type.Array(Type.Enum(JWT_ALGORITHMS))),
    clockToleranceSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: CLOCK_TOLERANCE_SECONDS_MAX })),
  },
  { additionalProperties: false },
);

const checker = Compile(Type.Object({ jwt: JwtSchema }));

type JwtDocument = Static<typeof JwtSchema>;

const SOURCES = ['secret', 'secretFile', 'jwksFile', 'jwksUrl'] as const;
type Source = (typeof SOURCES)[number];

/** Whether a token has the form of a signed JSON Web Token: three parts in base64url, of which the last may be empty. */
export function looksLikeJwt(token: string | undefined): boolean {
  return token !== undefined && /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(token);
}

/** Reads a policy document. Throws `PolicyError` that names the place. An empty document admits nobody. */
export function policyFrom(document: unknown, ports: PolicyPorts): AccessPolicy {
  const { jwt, ...others } = asObject(document);
  const users = new StaticPolicy(others);
  if (jwt === undefined) return users;
  const problem = schemaProblem(checker, { jwt }, 'jwt');
  if (problem !== undefined) throw new PolicyError(problem);
  refuseTokensLikeJwts(others['users']);
  const tokens = jwtPolicyFrom(jwt as JwtDocument, ports);
  return new CombinedPolicy([
    { accepts: looksLikeJwt, policy: tokens },
    { accepts: () => true, policy: users },
  ]);
}

function asObject(document: unknown): Record<string, unknown> {
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return { ...document };
  throw new PolicyError('the document must be an object');
}

/** Such a user could never come in: the token would be taken for a signed one. */
function refuseTokensLikeJwts(users: unknown): void {
  const index = ((users ?? []) as { token?: string }[]).findIndex(({ token }) => looksLikeJwt(token));
  if (index !== -1) throw new PolicyError(`users.${index}.token has the form of a JSON Web Token; choose another`);
}

function jwtPolicyFrom(document: JwtDocument, { now, readFile }: PolicyPorts): JwtPolicy {
  const source = sourceOf(document);
  const keys = keysFrom(source, document[source] ?? '', readFile);
  try {
    return new JwtPolicy({ ...document, keys, now });
  } catch (error) {
    throw error instanceof PolicyError ? new PolicyError(`jwt.${source}: ${error.problem}`) : error;
  }
}

function sourceOf(document: JwtDocument): Source {
  const [source, another] = SOURCES.filter((name) => document[name] !== undefined);
  if (source !== undefined && another === undefined) return source;
  throw new PolicyError(`jwt wants one of ${SOURCES.join(', ')}`);
}

function keysFrom(source: Source, value: string, readFile: PolicyPorts['readFile']): JwtKeys {
  if (source === 'secret') return { secret: value };
  if (source === 'jwksUrl') return { jwksUrl: value };
  const text = contentOf(value, `jwt.${source}`, readFile);
  // Editors and `echo` end a file with a line break, which is no part of the secret.
  if (source === 'secretFile') return { secret: text.replace(/\r?\n$/, '') };
  return { jwks: parsed(text, value) };
}

function contentOf(path: string, place: string, readFile: PolicyPorts['readFile']): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new PolicyError(`${place}: ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function parsed(text: string, path: string) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PolicyError(`jwt.jwksFile: ${path} is no JSON`, { cause });
  }
}
