/**
 * Every reason to turn a request away before its body is read.
 *
 * A page of another site can make a browser send requests to this server. Each check closes one way in: the remote
 * address (other machines), Host (a foreign name that resolves to this machine), Origin (foreign pages, also those of
 * other servers on this machine, which Vite's own CORS rule lets read the token), and the token (everything else).
 */

import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

export const TOKEN_HEADER = 'x-micro-socket-token';

const HOST_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Throws a `Refusal` unless the request comes from a page of this very server. */
export function guardRequest(request: IncomingMessage, token: string): void {
  requireLoopback(request.socket.remoteAddress);
  requireHost(request.headers.host, request.socket.localPort);
  requirePost(request.method);
  requireOrigin(request.headers.origin, request.headers.host);
  requireToken(request.headers[TOKEN_HEADER], token);
}

function requireLoopback(address: string | undefined): void {
  const plain = address?.replace(/^::ffff:/, '');
  if (plain === '::1' || plain?.startsWith('127.')) return;
  throw new Refusal('NOT_LOOPBACK', 'only a browser on the same machine may start programs');
}

function requireHost(host: string | undefined, port: number | undefined): void {
  const allowed = HOST_NAMES.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
  if (host !== undefined && allowed.includes(host)) return;
  throw new Refusal('BAD_HOST', `open this site as http://localhost:${port}`);
}

function requirePost(method: string | undefined): void {
  if (method !== 'POST') throw new Refusal('METHOD_NOT_ALLOWED', 'only POST is served here');
}

function requireOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin !== `http://${host}`) throw new Refusal('BAD_ORIGIN', 'only pages of this server may start programs');
}

function requireToken(given: string | string[] | undefined, token: string): void {
  const actual = Buffer.from(typeof given === 'string' ? given : '');
  const expected = Buffer.from(token);
  // The length of the token is no secret; comparing buffers of different length would throw.
  if (expected.length > 0 && actual.length === expected.length && timingSafeEqual(actual, expected)) return;
  throw new Refusal('BAD_TOKEN', 'the dev server was restarted; reload the page');
}
