/**
 * Frames as MessagePack arrays: the frame's number, then its fields by position. §3.2 of the protocol.
 *
 * An optional field that is absent is nil; absent fields at the end are left out. Items beyond the known fields are
 * ignored, so that fields can be appended. Maps must have string keys, and integers must fit 2^53 (I7).
 */

import { Decoder, Encoder } from '@msgpack/msgpack';
import type { Codec, FrameBody } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { type Direction, encodingOfField, type FrameSpec } from './frame-schema.ts';
import { FRAMES, type Frame } from './frames.ts';
import { scanMessagePack } from './msgpack-scan.ts';
import { PAYLOAD_DEPTH_MAX } from './payload.ts';
import { validated } from './validate.ts';

interface Layout {
  readonly spec: FrameSpec;
  /** Field names by position; a field that MessagePack does not carry has no position. */
  readonly fields: readonly string[];
}

const layouts: readonly Layout[] = FRAMES.map((spec: FrameSpec) => ({
  spec,
  fields: spec.fields.filter((name) => encodingOfField(spec.schema.properties[name] as object) !== 'json'),
}));
const layoutByName = new Map(layouts.map((layout) => [layout.spec.name, layout]));
const layoutByCode = new Map(layouts.map((layout) => [layout.spec.code, layout]));

/** A payload and the frame around it. */
const FRAME_DEPTH_MAX = PAYLOAD_DEPTH_MAX + 8;

const encoder = new Encoder({ maxDepth: FRAME_DEPTH_MAX, ignoreUndefined: true });
const decoder = new Decoder({ useBigInt64: true, mapKeyConverter: stringKey });

export const msgpackCodec: Codec = {
  encoding: 'msgpack',

  encode(frame: Frame): Uint8Array {
    const layout = layoutByName.get(frame.type);
    if (layout === undefined) throw new ProtocolError('UNKNOWN_TYPE', `There is no frame of type ${frame.type}.`);
    const fields = frame as unknown as Record<string, unknown>;
    const items: unknown[] = [layout.spec.code];
    for (const name of layout.fields) items.push(fields[name] ?? null);
    while (items.length > 1 && fields[layout.fields[items.length - 2] as string] === undefined) items.pop();
    return encoder.encode(items);
  },

  decode(body: FrameBody, from: Direction) {
    const items = parse(body);
    const layout = layoutByCode.get(items[0] as number);
    if (layout === undefined || layout.spec.direction !== from) {
      throw new ProtocolError('UNKNOWN_TYPE', `A ${from} sends no frame with the number ${numberText(items[0])}.`);
    }
    const fields: Record<string, unknown> = { type: layout.spec.name };
    layout.fields.forEach((name, position) => {
      const item = items[position + 1];
      const absent = item === undefined || (item === null && name !== 'payload' && name !== 'data');
      if (!absent) fields[name] = item;
    });
    return validated(fields, from, 'msgpack') as never;
  },
};

function parse(body: FrameBody): readonly unknown[] {
  let value: unknown;
  try {
    if (typeof body === 'string') throw new TypeError('A MessagePack frame must come as a binary message.');
    scanMessagePack(body);
    value = safeIntegers(decoder.decode(body), FRAME_DEPTH_MAX);
  } catch (cause) {
    throw new ProtocolError('MALFORMED_FRAME', `The frame is not MessagePack: ${reasonOf(cause)}`, { cause });
  }
  if (!Array.isArray(value)) {
    throw new ProtocolError('MALFORMED_FRAME', 'A frame must be a MessagePack array that starts with its number.');
  }
  return value;
}

/**
 * Turns 64-bit integers that fit 2^53 into numbers, in place. Larger ones stay bigint, which no field accepts.
 * Deeper than any valid frame nothing is converted, because such a frame is refused by its depth anyway.
 */
function safeIntegers(value: unknown, depthMax: number): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (depthMax === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = safeIntegers(value[index], depthMax - 1);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    const map = value as Record<string, unknown>;
    for (const key of Object.keys(map)) map[key] = safeIntegers(map[key], depthMax - 1);
  }
  return value;
}

function stringKey(key: unknown): string {
  if (typeof key !== 'string') throw new TypeError('Map keys must be strings.');
  return key;
}

function numberText(item: unknown): string {
  return typeof item === 'number' ? String(item) : `(${item === null ? 'nil' : typeof item})`;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown reason.';
}
