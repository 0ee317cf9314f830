/** Comparisons that fail with what was expected and what came. */

import { isDeepStrictEqual } from 'node:util';
import type { FrameBody } from '@micro-socket/protocol';
import { Mismatch } from './mismatch.ts';

/** A value longer than this is cut in reports: they are for people. */
const SHOWN_CHARS_MAX = 400;

/** A value as one line of text, cut to a length that a person reads. */
export function show(value: unknown, charsMax = SHOWN_CHARS_MAX): string {
  if (value === undefined) return 'nothing';
  const text = value instanceof Uint8Array ? hex(value) : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}… (${text.length} characters)`;
}

/** Fails unless both are the same JSON value, whatever the order of keys. */
export function same(what: string, came: unknown, expected: unknown): void {
  if (isDeepStrictEqual(came, expected)) return;
  throw new Mismatch(`${what}: ${show(expected)}`, show(came));
}

/** Fails unless `holds`. `expected` is a phrase such as `a seqNo above 0`. */
export function must(expected: string, holds: boolean, came: unknown): void {
  if (!holds) throw new Mismatch(expected, show(came));
}

/** Whether two frame bodies are the same, byte by byte. */
export function sameBytes(one: FrameBody, other: FrameBody): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return Buffer.compare(one, other) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, SHOWN_CHARS_MAX)).toString('hex');
}
