/**
 * Frames as MessagePack arrays: the frame's number, then its fields by position. §3.2 of the protocol.
 *
 * An optional field that is absent is nil; absent fields at the end are left out. Items beyond the known fields are
 * ignored, so that fields can be appended.
 */

import { Encoder } from '@msgpack/msgpack';
import type { Codec, FrameBody } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { type Direction, type FrameField, type FrameSpec, fieldsIn } from './frame-schema.ts';
import { FRAMES, type Frame, Message, type MessageFrame } from './frames.ts';
import { readMessagePack } from './msgpack-reader.ts';
import { PAYLOAD_DEPTH_MAX } from './payload.ts';
import { validated } from './validate.ts';

interface Layout {
  readonly spec: FrameSpec;
  /** The fields by position. */
  readonly fields: readonly FrameField[];
}

const layouts: readonly Layout[] = FRAMES.map((spec: FrameSpec) => ({
  spec,
  fields: fieldsIn(spec, 'msgpack'),
}));
const layoutByName = new Map(layouts.map((layout) => [layout.spec.name, layout]));
const layoutByCode = new Map(layouts.map((layout) => [layout.spec.code, layout]));

/** A payload and the frame around it. */
const FRAME_DEPTH_MAX = PAYLOAD_DEPTH_MAX + 8;

const encoder = new Encoder({ maxDepth: FRAME_DEPTH_MAX, ignoreUndefined: true });

export const msgpackCodec: Codec = {
  encoding: 'msgpack',

  encode(frame: Frame): Uint8Array {
    return encoder.encode(frame.type === 'message' && isPlain(frame) ? plainItemsOf(frame) : itemsOf(frame));
  },

  decode(body: FrameBody, from: Direction) {
    const items = parse(body);
    const layout = layoutByCode.get(items[0] as number);
    if (layout === undefined || layout.spec.direction !== from) {
      throw new ProtocolError('UNKNOWN_TYPE', `A ${from} sends no frame with the number ${numberText(items[0])}.`);
    }
    const fields: Record<string, unknown> = { type: layout.spec.name };
    for (const [position, field] of layout.fields.entries()) {
      const item = items[position + 1];
      if (!isAbsent(field, item)) fields[field.name] = item;
    }
    return validated(fields, from, 'msgpack') as never;
  },
};

function itemsOf(frame: Frame): readonly unknown[] {
  const layout = layoutByName.get(frame.type);
  if (layout === undefined) throw new ProtocolError('UNKNOWN_TYPE', `There is no frame of type ${frame.type}.`);
  const values = frame as unknown as Record<string, unknown>;
  const length = 1 + layout.fields.findLastIndex((field) => !isAbsent(field, values[field.name]));
  return [layout.spec.code, ...layout.fields.slice(0, length).map(({ name }) => values[name] ?? null)];
}

/** Most of what is encoded is messages with nothing beside the payload; so those are written out. */
function isPlain({ key, ref, by, ttlMs, signature }: MessageFrame): boolean {
  return key === undefined && ref === undefined && by === undefined && ttlMs === undefined && signature === undefined;
}

function plainItemsOf({ alias, seqNo, prevSeqNo, messageId, time, data }: MessageFrame): readonly unknown[] {
  return [Message.code, alias, seqNo, prevSeqNo, messageId, time, data];
}

/** In a field that may be left out nil says that it was; a payload must be there, and then nil is the payload. */
function isAbsent({ required }: FrameField, value: unknown): boolean {
  return value === undefined || (value === null && !required);
}

function parse(body: FrameBody): readonly unknown[] {
  let value: unknown;
  try {
    if (typeof body === 'string') throw new TypeError('A MessagePack frame must come as a binary message.');
    value = readMessagePack(body);
  } catch (cause) {
    throw new ProtocolError('MALFORMED_FRAME', `The frame is not MessagePack: ${reasonOf(cause)}`, { cause });
  }
  if (!Array.isArray(value)) {
    throw new ProtocolError('MALFORMED_FRAME', 'A frame must be a MessagePack array that starts with its number.');
  }
  return value;
}

function numberText(item: unknown): string {
  return typeof item === 'number' ? String(item) : `(${item === null ? 'nil' : typeof item})`;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown reason.';
}
