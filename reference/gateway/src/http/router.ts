/** Finds who answers a request: the endpoint of its path and method. */

import { isTopic, ProtocolError, TOPIC_BYTES_MAX } from '@micro-socket/protocol';
import type { Endpoint } from './endpoints.ts';
import { HttpError } from './problem.ts';

const TOPIC = '{topic}';

/** An endpoint, and what stands at `{topic}`: percent-encoded as it was sent, absent where the path has none. */
export interface Match {
  readonly endpoint: Endpoint;
  readonly segment: string | undefined;
}

/** The endpoints at a path, whatever their methods. */
export function matchesAt(endpoints: readonly Endpoint[], path: string): Match[] {
  return endpoints.flatMap((endpoint) => {
    const segments = segmentsIn(endpoint.path, path);
    return segments === undefined ? [] : [{ endpoint, segment: segments[0] }];
  });
}

/** Who answers. Throws `HttpError` NOT_FOUND or METHOD_NOT_ALLOWED that says what there is. HEAD is answered as GET. */
export function route(endpoints: readonly Endpoint[], method: string, path: string): Match {
  const matches = matchesAt(endpoints, path);
  if (matches.length === 0) throw notFound(endpoints, path);
  const match = matches.find(({ endpoint }) => endpoint.method === (method === 'HEAD' ? 'GET' : method));
  if (match !== undefined) return match;
  const allow = methodsOf(matches);
  throw new HttpError('METHOD_NOT_ALLOWED', `Use one of ${allow} at ${path}.`, { Allow: allow });
}

/** The methods of a path, as the header `Allow` lists them. */
export function methodsOf(matches: readonly Match[]): string {
  const methods = matches.flatMap(({ endpoint: { method } }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...new Set([...methods, 'OPTIONS'])].join(', ');
}

/** What a path's segment says. Throws `ProtocolError` INVALID_FIELD when it is no topic. */
export function topicOf(segment: string): string {
  const topic = decoded(segment);
  if (topic !== undefined && isTopic(topic)) return topic;
  throw new ProtocolError(
    'INVALID_FIELD',
    `The topic in the path must be tokens of A-Z a-z 0-9 _ : @ ~ - joined by single dots, at most ${TOPIC_BYTES_MAX} bytes.`,
  );
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** What stands at `{topic}`, or nothing where there is none; `undefined` when the path is another one. */
function segmentsIn(template: string, path: string): string[] | undefined {
  const [before = '', after] = template.split(TOPIC);
  if (after === undefined) return path === template ? [] : undefined;
  if (!path.startsWith(before) || !path.endsWith(after) || path.length < before.length + after.length) return undefined;
  const segment = path.slice(before.length, path.length - after.length);
  return segment.includes('/') ? undefined : [segment];
}

function notFound(endpoints: readonly Endpoint[], path: string): HttpError {
  const all = endpoints.map((endpoint) => `${endpoint.method} ${endpoint.path}`).join(', ');
  return new HttpError('NOT_FOUND', `There is nothing at ${path}. There are ${all}.`);
}
