/** What pages of other origins may do: read and publish when the gateway allows their origin, and nothing otherwise. */

import type { HttpRequest, HttpResponse } from './message.ts';
import { HttpError } from './problem.ts';
import { type Match, methodsOf } from './router.ts';

/** Says whether pages of this origin may use the gateway. */
export type AllowsOrigin = (origin: string) => boolean;

/** For how long a browser may remember a preflight's answer. */
const PREFLIGHT_SECONDS = 600;

/** Throws `HttpError` ORIGIN_DENIED when a page sent the request that may not. Programs name no origin and pass. */
export function requireOrigin({ headers: { origin } }: HttpRequest, allowsOrigin: AllowsOrigin): void {
  if (origin === undefined || allowsOrigin(origin)) return;
  throw new HttpError('ORIGIN_DENIED', `Pages of ${origin} may not use this gateway; see --origin.`);
}

/** Answers OPTIONS: what a path takes, and to a browser's preflight what its page may send there. */
export function optionsResponse(
  request: HttpRequest,
  matches: readonly Match[],
  allowsOrigin: AllowsOrigin,
): HttpResponse {
  const allow = methodsOf(matches);
  if (request.headers['access-control-request-method'] === undefined) {
    return { status: 204, headers: { Allow: allow }, body: '' };
  }
  requireOrigin(request, allowsOrigin);
  const headers = {
    'Access-Control-Allow-Methods': allow,
    'Access-Control-Allow-Headers': headersOf(matches),
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
  };
  return { status: 204, headers, body: '' };
}

/** The request headers that a page may set: those that every endpoint takes, and those that are described here. */
function headersOf(matches: readonly Match[]): string {
  const described = matches.flatMap(({ endpoint: { parameters = [] } }) =>
    parameters.flatMap(({ in: place, name }) => (place === 'header' ? [name] : [])),
  );
  return [...new Set(['Authorization', 'Content-Type', ...described])].join(', ');
}

/** What an answer must carry for a page of the request's origin to be shown it. */
export function crossOriginHeaders(
  { headers: { origin } }: HttpRequest,
  allowsOrigin: AllowsOrigin,
): Record<string, string> {
  // Caches must not give one origin what was answered to another.
  if (origin === undefined || !allowsOrigin(origin)) return { Vary: 'Origin' };
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'ETag, Location, Retry-After, WWW-Authenticate',
  };
}
