/**
 * A policy that is written down: which token is who, and who may do what on which topics (I1). The document can be
 * replaced while the gateway runs.
 *
 * Tokens are kept and compared as SHA-256 digests, and each one against every user's: neither what of a guess is right
 * nor whose token it resembles shows in the time that the answer takes. Digests do not protect weak secrets. A token
 * that a person could think of can be found from its digest, so let a program make them.
 */

import { equalInConstantTime, ProtocolError } from '@micro-socket/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  type AccessPolicy,
  type Action,
  ANONYMOUS,
  PRINCIPAL_NAME_PATTERN,
  type Principal,
  TOKEN_CHARACTERS_MAX,
} from './access.ts';
import { type GrantDocument, Grants, GrantsSchema, grantsProblem } from './grants.ts';
import { PolicyError, schemaProblem } from './policy-error.ts';

/** Most users of one document; a longer list is refused. Each token is compared with all of them. */
const USERS_MAX = 10_000;

const UserSchema = Type.Object(
  {
    name: Type.String({ pattern: PRINCIPAL_NAME_PATTERN }),
    kind: Type.Optional(Type.Enum(['user', 'service'])),
    /** The secret itself, or in its place … */
    token: Type.Optional(Type.String({ minLength: 1, maxLength: TOKEN_CHARACTERS_MAX })),
    /** … the SHA-256 digest of its UTF-8 bytes, in hexadecimal digits. */
    keySha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$' })),
    allow: GrantsSchema,
  },
  { additionalProperties: false },
);

const PolicySchema = Type.Object(
  {
    anonymous: Type.Optional(Type.Object({ allow: GrantsSchema }, { additionalProperties: false })),
    users: Type.Optional(Type.Array(UserSchema, { maxItems: USERS_MAX })),
  },
  { additionalProperties: false },
);

const checker = Compile(PolicySchema);

/** The written form of a static policy, as in a policy file. */
export type PolicyDocument = Static<typeof PolicySchema>;
type UserDocument = Static<typeof UserSchema>;

interface User {
  readonly digest: Uint8Array;
  /** The same object for as long as name, kind and token stay: it is what the gateway holds of the user. */
  readonly principal: Principal;
}

export class StaticPolicy implements AccessPolicy {
  #users: readonly User[] = [];
  #anonymous: Principal | undefined;
  /** Of everyone whom the document names, and of nobody else. */
  #grants: ReadonlyMap<Principal, Grants> = new Map();
  #version = 0;

  /** Reads a policy document. Throws `PolicyError`. An empty document admits nobody. */
  constructor(document: unknown) {
    this.#read(document);
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Takes another document in the place of this one. Who is in both with the same name, kind and token stays valid and
   * has the new grants at once; everyone else becomes invalid. Throws `PolicyError`, and then nothing has changed.
   */
  replace(document: unknown): void {
    this.#read(document);
    this.#version += 1;
  }

  async authenticate(token: string | undefined): Promise<Principal> {
    const principal = token === undefined ? this.#anonymous : this.#holderOf(token);
    if (principal !== undefined) return principal;
    if (token !== undefined) throw new ProtocolError('AUTH_FAILED', 'The token in setup is not known here.');
    throw new ProtocolError('AUTH_REQUIRED', 'This gateway wants a token in setup.');
  }

  authorize(principal: Principal, action: Action, topic: string): boolean {
    return this.#grants.get(principal)?.allow(action, topic) === true;
  }

  isValid(principal: Principal): boolean {
    return this.#grants.has(principal);
  }

  #holderOf(token: string): Principal | undefined {
    if (token.length > TOKEN_CHARACTERS_MAX) return undefined;
    const digest = digestOf(token);
    let holder: Principal | undefined;
    for (const user of this.#users) if (equalInConstantTime(user.digest, digest)) holder = user.principal;
    return holder;
  }

  #read(document: unknown): void {
    const { users = [], anonymous } = checked(document);
    const before = new Map(this.#users.map((user) => [bytesToHex(user.digest), user]));
    const after = new Map<string, User>();
    const grants = new Map<Principal, Grants>();
    for (const document of users) {
      const digest = document.keySha256?.toLowerCase() ?? bytesToHex(digestOf(document.token ?? ''));
      if (after.has(digest)) throw new PolicyError(`${document.name} has the same token as another user`);
      const user = sameUser(before.get(digest), document) ?? newUser(digest, document);
      after.set(digest, user);
      grants.set(user.principal, new Grants(document.allow));
    }
    const nobody = anonymous && (this.#anonymous ?? { name: ANONYMOUS });
    if (nobody !== undefined) grants.set(nobody, new Grants(anonymous?.allow ?? []));
    this.#users = [...after.values()];
    this.#anonymous = nobody;
    this.#grants = grants;
  }
}

function sameUser(user: User | undefined, { name, kind }: UserDocument): User | undefined {
  return user?.principal.name === name && user.principal.kind === kind ? user : undefined;
}

function newUser(digest: string, { name, kind }: UserDocument): User {
  return { digest: hexToBytes(digest), principal: { name, ...(kind === undefined ? {} : { kind }) } };
}

function digestOf(token: string): Uint8Array {
  return sha256(new TextEncoder().encode(token));
}

function checked(document: unknown): PolicyDocument {
  const problem = schemaProblem(checker, document, 'the document');
  if (problem !== undefined) throw new PolicyError(problem);
  const { anonymous, users = [] } = document as PolicyDocument;
  if (anonymous !== undefined) checkGrants(anonymous.allow, 'anonymous');
  for (const [index, user] of users.entries()) checkUser(user, `users.${index}`);
  return document as PolicyDocument;
}

function checkUser({ name, token, keySha256, allow }: UserDocument, place: string): void {
  if (name === ANONYMOUS) throw new PolicyError(`${place}.name: no user may be named ${ANONYMOUS}`);
  if ((token === undefined) === (keySha256 === undefined)) {
    throw new PolicyError(`${place} wants one of token and keySha256`);
  }
  checkGrants(allow, place);
}

function checkGrants(allow: readonly GrantDocument[], place: string): void {
  const problem = grantsProblem(allow);
  if (problem !== undefined) throw new PolicyError(`${place}.allow.${problem}`);
}
