/** Finds who answers a request: the endpoint of its path and method. */

import { isTopic, TOPIC_BYTES_MAX } from '@micro-socket/protocol';
import type { Endpoint } from './endpoint.ts';
import { parameterIn } from './endpoint-table.ts';
import type { PathParameters } from './extension.ts';
import { HttpError } from './problem.ts';

/** An endpoint, and what stands at each `{name}` of its path: percent-encoded as it was sent. */
export interface Match {
  readonly endpoint: Endpoint;
  readonly encoded: PathParameters;
}

/** The endpoints at a path, whatever their methods. */
export function matchesAt(endpoints: readonly Endpoint[], path: string): Match[] {
  const segments = path.split('/');
  return endpoints.flatMap((endpoint) => {
    const encoded = parametersIn(endpoint.path, segments);
    return encoded === undefined ? [] : [{ endpoint, encoded }];
  });
}

/** Who answers. Throws `HttpError` NOT_FOUND or METHOD_NOT_ALLOWED that says what there is. HEAD is answered as GET. */
export function route(endpoints: readonly Endpoint[], method: string, path: string): Match {
  const matches = matchesAt(endpoints, path);
  if (matches.length === 0) throw notFound(endpoints, path);
  const match = matches.find(({ endpoint }) => endpoint.method === (method === 'HEAD' ? 'GET' : method));
  if (match !== undefined) return match;
  const allow = methodsOf(matches);
  throw new HttpError('METHOD_NOT_ALLOWED', `Use one of ${allow} at ${path}.`, { headers: { Allow: allow } });
}

/** The methods of a path, as the header `Allow` lists them. */
export function methodsOf(matches: readonly Match[]): string {
  const methods = matches.flatMap(({ endpoint: { method } }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...new Set([...methods, 'OPTIONS'])].join(', ');
}

/** What the path's parameters say. Throws `HttpError` INVALID_FIELD when one is not percent-encoded as it has to be. */
export function parametersOf({ encoded }: Match): PathParameters {
  return Object.fromEntries(Object.entries(encoded).map(([name, segment]) => [name, decodedOf(name, segment)]));
}

/** Throws `HttpError` INVALID_FIELD when it is no topic. */
export function checkedTopic(text: string): string {
  if (isTopic(text)) return text;
  const message = `The topic in the path must be tokens of A-Z a-z 0-9 _ : @ ~ - joined by single dots, at most ${TOPIC_BYTES_MAX} bytes.`;
  throw new HttpError('INVALID_FIELD', message, { field: 'topic' });
}

/** The topic that a segment says, percent-encoded. Throws `HttpError` INVALID_FIELD. */
export function topicOf(segment: string): string {
  return checkedTopic(decodedOf('topic', segment));
}

function decodedOf(name: string, segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    const message = `The ${name} in the path is not percent-encoded as UTF-8 has to be.`;
    throw new HttpError('INVALID_FIELD', message, { field: name });
  }
}

/** What stands at each `{name}`; `undefined` when the path is another one. */
function parametersIn(template: string, segments: readonly string[]): PathParameters | undefined {
  const wanted = template.split('/');
  if (wanted.length !== segments.length) return undefined;
  const parameters: [string, string][] = [];
  for (const [index, segment] of segments.entries()) {
    const name = parameterIn(wanted[index] as string);
    if (name !== undefined) parameters.push([name, segment]);
    else if (segment !== wanted[index]) return undefined;
  }
  return Object.fromEntries(parameters);
}

function notFound(endpoints: readonly Endpoint[], path: string): HttpError {
  const all = endpoints.map((endpoint) => `${endpoint.method} ${endpoint.path}`).join(', ');
  return new HttpError('NOT_FOUND', `There is nothing at ${path}. There are ${all}.`);
}
