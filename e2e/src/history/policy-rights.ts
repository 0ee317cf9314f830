/**
 * Who may do what, read from a policy document by itself: the recorder must not believe what the gateway under test
 * makes of its policy.
 */

import { createHash } from 'node:crypto';
import type { GrantedEvent } from '@micro-socket/simulator';

type Action = GrantedEvent['action'];

interface Grant {
  readonly pattern: string;
  readonly actions: readonly string[];
}

interface User {
  readonly name: string;
  readonly token?: string;
  readonly keySha256?: string;
  readonly allow: readonly Grant[];
}

interface PolicyDocument {
  readonly anonymous?: { readonly allow: readonly Grant[] };
  readonly users?: readonly User[];
}

/** What protocol and gateway call whoever has no token; they are one user (§4.4). */
const ANONYMOUS = 'anonymous';

/** Who came with a token that is nobody's. Nothing is granted to this name. */
const UNKNOWN = '(unknown token)';

export class PolicyRights {
  readonly #document: PolicyDocument;

  /** Takes the document that a gateway was started with; `null`: without one, and then nobody may do anything. */
  constructor(document: object | null) {
    this.#document = document ?? {};
  }

  principalOf(token: string | undefined): string {
    if (token === undefined) return ANONYMOUS;
    const digest = createHash('sha256').update(token).digest('hex');
    const isTheirs = (user: User) => user.token === token || user.keySha256?.toLowerCase() === digest;
    return this.#document.users?.find(isTheirs)?.name ?? UNKNOWN;
  }

  may(principal: string, action: Action, topic: string): boolean {
    const { anonymous, users = [] } = this.#document;
    const grants =
      principal === ANONYMOUS
        ? (anonymous?.allow ?? [])
        : users.filter(({ name }) => name === principal).flatMap(({ allow }) => allow);
    return grants.some(({ pattern, actions }) => actions.includes(action) && covers(pattern, topic));
  }
}

/** `*` stands for one token, `>` at the end for one or more. */
function covers(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.');
  const tokens = topic.split('.');
  const isOpen = wanted.at(-1) === '>';
  if (isOpen ? tokens.length < wanted.length : tokens.length !== wanted.length) return false;
  return (isOpen ? wanted.slice(0, -1) : wanted).every((token, index) => token === '*' || token === tokens[index]);
}
