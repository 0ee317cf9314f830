/** Reads what is published out of a request (§11): the same fields as `publish` has, by the same rules (§4.4). */

import {
  codecFor,
  type JsonValue,
  ProtocolError,
  Publish,
  type PublishFrame,
  payloadProblem,
} from '@micro-socket/protocol';
import type { Publication } from '../core/publishing.ts';
import { HttpError } from './problem.ts';

/** What the path and the gateway give; everything else is for the body to say. */
const NOT_IN_THE_BODY: readonly string[] = ['type', 'id', 'topic'];

/** What the body may hold. */
export const PUBLICATION_FIELDS = Publish.fields.filter((name) => !NOT_IN_THE_BODY.includes(name));

/** Throws `HttpError` UNSUPPORTED_MEDIA_TYPE for a body that does not say that it is JSON in UTF-8. */
export function requireJson(contentType: string | undefined): void {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (type === 'application/json' && (charset === undefined || /^"?utf-?8"?$/.test(charset))) return;
  throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON, with Content-Type: application/json.', {
    Accept: 'application/json',
  });
}

/** The token of `Authorization: Bearer`; `undefined` without the header. Throws `ProtocolError` AUTH_FAILED. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (token !== undefined) return token;
  throw new ProtocolError('AUTH_FAILED', 'The header Authorization must be of the form Bearer TOKEN.');
}

/** What is to be published. Throws `ProtocolError` MALFORMED_FRAME, or INVALID_FIELD that names the field. */
export function publicationOf(topic: string, body: Uint8Array, newMessageId: () => string): Publication {
  const fields = fieldsOf(body);
  for (const [name, value] of Object.entries(fields)) checkField(name, value);
  const frame = { type: 'publish', id: 0, topic, messageId: newMessageId(), ...fields };
  // The frame's own decoder has the last word. All that JSON could not say again has been refused.
  const {
    type: _type,
    id: _id,
    ...publication
  } = codecFor('json').decode(JSON.stringify(frame), 'client') as PublishFrame;
  return publication;
}

function checkField(name: string, value: unknown): void {
  if (!PUBLICATION_FIELDS.includes(name)) {
    const known = PUBLICATION_FIELDS.join(', ');
    throw new ProtocolError(
      'INVALID_FIELD',
      `There is no field ${JSON.stringify(name.slice(0, 64))}; there are ${known}.`,
    );
  }
  const problem = payloadProblem(value);
  if (problem !== undefined) throw new ProtocolError('INVALID_FIELD', `${name} ${problem}.`);
}

function fieldsOf(body: Uint8Array): Readonly<Record<string, JsonValue>> {
  const value = parsed(body);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, JsonValue>;
  throw new ProtocolError('MALFORMED_FRAME', 'The body must be a JSON object with a field "payload".');
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new ProtocolError('MALFORMED_FRAME', 'The body is not JSON text in UTF-8.', { cause });
  }
}
