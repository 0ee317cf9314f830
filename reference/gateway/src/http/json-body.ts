/** Reads bodies, which are objects in JSON (§11). */

import { type JsonValue, ProtocolError, payloadProblem } from '@micro-socket/protocol';
import { HttpError } from './problem.ts';

export const JSON_TYPE = 'application/json';

/** Throws `HttpError` UNSUPPORTED_MEDIA_TYPE for a body that does not say that it is one of `types` in UTF-8. */
export function requireJson(contentType: string | undefined, types: readonly string[] = [JSON_TYPE]): void {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (types.includes(type) && (charset === undefined || /^"?utf-?8"?$/.test(charset))) return;
  throw new HttpError('UNSUPPORTED_MEDIA_TYPE', `Send JSON, with Content-Type: ${types.join(' or ')}.`, {
    headers: { Accept: types.join(', ') },
  });
}

/**
 * The fields of a body, each with a value that a message could carry (§3.3). Throws `ProtocolError` MALFORMED_FRAME when
 * it is no object, and `HttpError` INVALID_FIELD that names a field which is not in `known`, or whose value is none.
 */
export function fieldsOf(body: Uint8Array, known: readonly string[]): Readonly<Record<string, JsonValue>> {
  const fields = objectIn(body, known);
  for (const [name, value] of Object.entries(fields)) {
    if (!known.includes(name)) {
      const field = name.slice(0, 64);
      const message = `There is no field ${JSON.stringify(field)}; there are ${known.join(', ')}.`;
      throw new HttpError('INVALID_FIELD', message, { field });
    }
    const problem = payloadProblem(value);
    if (problem !== undefined) throw new HttpError('INVALID_FIELD', `${name} ${problem}.`, { field: name });
  }
  return fields;
}

function objectIn(body: Uint8Array, known: readonly string[]): Readonly<Record<string, JsonValue>> {
  const value = parsed(body);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, JsonValue>;
  throw new ProtocolError('MALFORMED_FRAME', `The body must be a JSON object; its fields are ${known.join(', ')}.`);
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new ProtocolError('MALFORMED_FRAME', 'The body is not JSON text in UTF-8.', { cause });
  }
}
