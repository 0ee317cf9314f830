/**
 * One text for one JSON value, whoever writes it and in whatever language: RFC 8785, the JSON Canonicalization Scheme.
 *
 * Checksums and signatures (I7) are taken over this text, because a payload crosses encodings and its keys have no order.
 * It is not what travels: frames are written by their codecs.
 */

import canonicalize from 'canonicalize';
import type { JsonValue } from './payload.ts';

/**
 * The canonical JSON text of a value: no blanks, keys sorted by UTF-16 code units, numbers as ECMAScript writes them,
 * -0 as 0. Throws `TypeError` for a value without one; none that `payloadProblem` finds nothing in is of that kind.
 */
export function canonicalJson(value: JsonValue): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    throw new TypeError(`The value has no canonical JSON: ${reasonOf(cause)}.`, { cause });
  }
  if (text === undefined) throw new TypeError(`The value has no canonical JSON: it is of type ${typeof value}.`);
  return text;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
