/** A policy that is written down once: which token is who, and who may do what on which topics (I1). */

import { isTopic, ProtocolError } from '@micro-socket/protocol';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type AccessPolicy, type Action, type Principal, patternCovers } from './access.ts';

const Grant = Type.Object(
  {
    pattern: Type.String({ minLength: 1, maxLength: 255 }),
    actions: Type.Array(Type.Union([Type.Literal('subscribe'), Type.Literal('publish')]), { minItems: 1 }),
  },
  { additionalProperties: false },
);

const PolicySchema = Type.Object(
  {
    anonymous: Type.Optional(Type.Object({ allow: Type.Array(Grant) }, { additionalProperties: false })),
    users: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ pattern: '^[!-~]{1,64}$' }),
            token: Type.String({ minLength: 1, maxLength: 8_192 }),
            allow: Type.Array(Grant),
          },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
);

const validator = Compile(PolicySchema);

/** The written form of a static policy, as in a policy file. */
export type PolicyDocument = Static<typeof PolicySchema>;
type GrantDocument = Static<typeof Grant>;

/** A policy document that cannot be used; the message names the place and what is wrong there. */
export class PolicyError extends Error {
  readonly code = 'POLICY_INVALID';

  constructor(problem: string) {
    super(`The access policy cannot be used: ${problem}.`);
    this.name = 'PolicyError';
  }
}

interface StaticPrincipal extends Principal {
  readonly grants: readonly GrantDocument[];
}

const ANONYMOUS = 'anonymous';

export class StaticPolicy implements AccessPolicy {
  readonly #byToken = new Map<string, StaticPrincipal>();
  readonly #anonymous: StaticPrincipal | undefined;

  /** Reads a policy document. Throws `PolicyError`. An empty document admits nobody. */
  constructor(document: unknown) {
    const { users = [], anonymous } = checked(document);
    for (const { name, token, allow } of users) {
      if (name === ANONYMOUS) throw new PolicyError(`no user may be named ${ANONYMOUS}`);
      if (this.#byToken.has(token)) throw new PolicyError(`${name} has the same token as another user`);
      this.#byToken.set(token, { name, grants: allow });
    }
    this.#anonymous = anonymous && { name: ANONYMOUS, grants: anonymous.allow };
  }

  async authenticate(token: string | undefined): Promise<Principal> {
    const principal = token === undefined ? this.#anonymous : this.#byToken.get(token);
    if (principal !== undefined) return principal;
    if (token !== undefined) throw new ProtocolError('AUTH_FAILED', 'The token in setup is not known here.');
    throw new ProtocolError('AUTH_REQUIRED', 'This gateway wants a token in setup.');
  }

  authorize(principal: Principal, action: Action, topic: string): boolean {
    const { grants = [] } = principal as Partial<StaticPrincipal>;
    return grants.some(({ pattern, actions }) => actions.includes(action) && patternCovers(pattern, topic));
  }
}

function checked(document: unknown): PolicyDocument {
  if (!validator.Check(document)) {
    const [first] = validator.Errors(document);
    const place = first?.instancePath.slice(1).replaceAll('/', '.') || 'the document';
    throw new PolicyError(`${place} ${first?.message === 'schema is false' ? 'is not a known field' : first?.message}`);
  }
  for (const { allow } of [...(document.users ?? []), ...(document.anonymous ? [document.anonymous] : [])]) {
    for (const { pattern } of allow) checkPattern(pattern);
  }
  return document;
}

function checkPattern(pattern: string): void {
  const sample = pattern.replace(/(^|\.)>$/, '$1x').replaceAll(/(?<=^|\.)\*(?=\.|$)/g, 'x');
  if (!isTopic(sample)) throw new PolicyError(`${JSON.stringify(pattern)} is not a topic pattern such as prices.*`);
}
