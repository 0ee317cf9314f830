/**
 * Whether pages may start programs at all.
 *
 * A dev server that other machines can reach does not offer it: the token is part of the page, so whoever can read the
 * page could use it. `MICRO_SOCKET_LIVE=1` overrides that for those who know their network; every request must then
 * still come from this machine and pass the Host, Origin and token checks.
 */

import { randomBytes } from 'node:crypto';

export type Arming =
  | { readonly live: true; readonly token: string }
  | { readonly live: false; readonly token: ''; readonly reason: 'not-loopback' | 'no-server' | 'build' };

export interface ArmingFacts {
  /** `server.host` of the Vite configuration. */
  readonly host: string | boolean | undefined;
  /** False in middleware mode, where Vite has no server of its own. */
  readonly hasServer: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);

export function armingOf(facts: ArmingFacts): Arming {
  if (!facts.hasServer) return disarmed('no-server');
  if (!isLoopbackHost(facts.host) && facts.env['MICRO_SOCKET_LIVE'] !== '1') return disarmed('not-loopback');
  return { live: true, token: randomBytes(32).toString('base64url') };
}

export function disarmed(reason: 'not-loopback' | 'no-server' | 'build'): Arming {
  return { live: false, token: '', reason };
}

/** Vite listens on `localhost` when no host is set, and on every address when the host is `true`. */
function isLoopbackHost(host: string | boolean | undefined): boolean {
  if (host === undefined || host === false) return true;
  return typeof host === 'string' && LOOPBACK_HOSTS.has(host);
}
