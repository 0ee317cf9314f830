/**
 * The access policy of a gateway as a file, which may change while the gateway runs.
 *
 * Users and grants take effect at once. Where the rules for signed tokens have changed, or a key file that they name,
 * everyone who came with such a token is judged anew; where they have not, nobody notices.
 */

import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemClock } from '@micro-socket/transport/node';
import type { AccessPolicy, Action, Principal } from '../core/access.ts';
import { CombinedPolicy } from '../core/combined-policy.ts';
import { PolicyError } from '../core/policy-error.ts';
import { StaticPolicy } from '../core/static-policy.ts';
import { looksLikeJwt, policyFrom } from '../jwt/policy-file.ts';
import { ReplaceablePolicy } from './replaceable-policy.ts';

/** How often it is looked whether the file has changed. */
const POLL_MS = 1_000;

const NOBODY = new StaticPolicy({});

export class PolicyFile implements AccessPolicy {
  readonly path: string;
  readonly #users = new StaticPolicy({});
  readonly #tokens = new ReplaceablePolicy(NOBODY);
  readonly #both: AccessPolicy;
  /** The rules for signed tokens, with the files that they name, as they were read; empty where there are none. */
  #tokenRules = '';
  /** What the file looked like from outside before it was read. */
  #stamp = '';

  /** Reads the file. Throws `PolicyError`. */
  constructor(path: string) {
    this.path = resolve(path);
    this.#both = new CombinedPolicy([
      { accepts: (token) => this.#tokenRules !== '' && looksLikeJwt(token), policy: this.#tokens },
      { accepts: () => true, policy: this.#users },
    ]);
    void this.#read();
  }

  get version(): number {
    return this.#both.version;
  }

  authenticate(token: string | undefined): Promise<Principal> {
    return this.#both.authenticate(token);
  }

  authorize(principal: Principal, action: Action, topic: string): boolean {
    return this.#both.authorize(principal, action, topic);
  }

  isValid(principal: Principal): boolean {
    return this.#both.isValid(principal);
  }

  /** Reads the file and those that it names again. Rejects with `PolicyError`, and then nothing has changed. */
  async reload(): Promise<void> {
    await this.#read();
  }

  /** Calls `onChange` when the file has changed since it was read, within about a second. Keeps no process alive. */
  watch(onChange: () => void): void {
    const poll = setInterval(() => {
      const stamp = stampOf(this.path);
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      onChange();
    }, POLL_MS);
    poll.unref();
  }

  /** Throws before it changes anything; what it returns resolves when the change has reached everyone. */
  #read(): Promise<void> {
    this.#stamp = stampOf(this.path);
    const document = documentIn(this.path);
    const files = new Map<string, string>();
    const ports = { now: () => systemClock.now(), readFile: (path: string) => this.#file(path, files) };
    policyFrom(document, ports);
    const { jwt, ...users } = document as Readonly<Record<string, unknown>>;
    const tokenRules = jwt === undefined ? '' : JSON.stringify([jwt, [...files]]);
    const tokens = jwt === undefined ? NOBODY : policyFrom({ jwt }, ports);
    this.#users.replace(users);
    if (tokenRules === this.#tokenRules) return Promise.resolve();
    this.#tokenRules = tokenRules;
    return this.#tokens.replace(tokens);
  }

  /** A file that the document names: relative to the document, and read once. */
  #file(path: string, files: Map<string, string>): string {
    const text = files.get(path) ?? readFileSync(resolve(dirname(this.path), path), 'utf8');
    files.set(path, text);
    return text;
  }
}

function documentIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new PolicyError(`${path} cannot be read as JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Differs when the file was written or replaced. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}
