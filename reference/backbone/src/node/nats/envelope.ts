/**
 * A message as it stands in a stream: the payload as JSON text in the body, everything else in one header.
 *
 * The header is JSON in ASCII. So no key and no name, whatever characters it has, can end the header or begin another
 * one, and a person can read it.
 */

import type { JsonValue } from '@micro-socket/protocol';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { Entry } from '../../contract.ts';
import { entrySizeOf } from '../../parts/entry-size.ts';
import { fingerprintOf } from '../../parts/fingerprint.ts';

const HEADER = 'Ms';
/** What the headers of NATS itself add, at most. */
const NATS_HEADERS_BYTES = 256;

/** Everything of a message but its place. */
export type Content = Omit<Entry, 'epoch' | 'seqNo' | 'prevSeqNo'>;

export interface Envelope {
  readonly content: Content;
  /** Tells whether a repeat has the same content; `undefined` for what somebody else wrote into the stream. */
  readonly fingerprint: number | undefined;
  /** Which call of `publish` it is of. */
  readonly callId: string | undefined;
}

/** A message that a server has handed out, by whichever of its ways. */
export interface StoredMessage {
  readonly seqNo: number;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

/** The header as it is written. Absent fields are left out. */
interface HeaderFields {
  readonly id: string;
  /** Its time. */
  readonly at: number;
  readonly print: number;
  readonly call: string;
  readonly size: number;
  readonly key?: string | undefined;
  readonly ref?: string | undefined;
  readonly by?: string | undefined;
  readonly ttlMs?: number | undefined;
  readonly sig?: readonly [alg: string, keyId: string, value: string] | undefined;
}

const FIELD_TYPES = {
  id: 'string',
  at: 'number',
  print: 'number',
  call: 'string',
  size: 'number',
  key: 'string?',
  ref: 'string?',
  by: 'string?',
  ttlMs: 'number?',
};

const decoder = new TextDecoder();

/** The header and the body of a message, and about how many bytes that is for a server. */
export function sealed(content: Content, callId: string): { headers: MsgHdrs; body: string; bytes: number } {
  const { messageId, time, sizeBytes, key, ref, by, ttlMs, signature, payload } = content;
  const fields: HeaderFields = {
    id: messageId,
    at: time,
    print: fingerprintOf(content),
    call: callId,
    size: sizeBytes,
    key,
    ref,
    by,
    ttlMs,
    sig: signature && [signature.alg, signature.keyId, signature.value],
  };
  const wrapped = headers();
  const text = asciiJson(fields);
  wrapped.set(HEADER, text);
  const body = JSON.stringify(payload);
  return { headers: wrapped, body, bytes: Buffer.byteLength(body) + text.length + NATS_HEADERS_BYTES };
}

/**
 * What a stored message says. One that somebody else wrote into the stream, with no header of ours, becomes a message
 * with the payload `null`: it has a place, and a place that is passed over would be a loss that nobody is told of.
 */
export function opened({ seqNo, headers, data }: StoredMessage): Envelope {
  const fields = readJson(headers?.get(HEADER));
  const payload = readJson(decoder.decode(data));
  if (!isOurs(fields) || payload === undefined) {
    return { content: foreign(seqNo), fingerprint: undefined, callId: undefined };
  }
  const { id, at, print, call, size, key, ref, by, ttlMs, sig } = fields;
  const signature = sig && { alg: sig[0], keyId: sig[1], value: sig[2] };
  const content = { messageId: id, time: at, payload, sizeBytes: size, key, ref, by, ttlMs, signature };
  return { content, fingerprint: print, callId: call };
}

/** The value of a JSON text; `undefined` for what is none. */
export function readJson(text: string | undefined): JsonValue | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Whether a value is an object whose fields have these types. A field whose type ends with `?` may be absent. */
export function hasFields(value: unknown, types: Readonly<Record<string, string>>): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return Object.entries(types).every(([name, type]) => {
    const field = fields[name];
    return typeof field === type.replace('?', '') || (field === undefined && type.endsWith('?'));
  });
}

function isOurs(value: unknown): value is HeaderFields {
  if (!hasFields(value, FIELD_TYPES)) return false;
  const { sig } = value as { sig?: unknown };
  if (sig === undefined) return true;
  return Array.isArray(sig) && sig.length === 3 && sig.every((part) => typeof part === 'string');
}

/** A header value for any JSON value, in printable ASCII. */
export function asciiJson(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped);
}

function foreign(seqNo: number): Content {
  const sizeBytes = entrySizeOf({ payload: null });
  return { messageId: `foreign-${seqNo}`, time: 0, payload: null, sizeBytes, ...NO_EXTRAS };
}

const NO_EXTRAS = { key: undefined, ref: undefined, by: undefined, ttlMs: undefined, signature: undefined };
