/** Frames that no codec would write, made by hand: what is malformed, and what is only unusual. */

import { codecFor, type Encoding, type FrameBody } from '@micro-socket/protocol';

/** A frame as the codec writes it, whatever its fields are. */
export function written(encoding: Encoding, frame: object): FrameBody {
  return codecFor(encoding).encode(frame as never);
}

/** A publish whose payload stands there as it is given: JSON text, or the bytes of one MessagePack value. */
export function publishWith(
  encoding: Encoding,
  fields: { readonly id: number; readonly topic: string; readonly messageId: string },
  payload: FrameBody,
): FrameBody {
  const frame = written(encoding, { type: 'publish', ...fields, payload: null });
  // The payload is the last field that is written, and null there is one byte in MessagePack.
  if (typeof frame !== 'string') return joined(frame.subarray(0, -1), payload as Uint8Array);
  return frame.replace(/null\}$/, () => `${payload}}`);
}

/**
 * A MessagePack frame with one item more than the `fieldCount` fields that its type has; those that are not there are nil.
 * Only for frames of fewer than 15 items in all.
 */
export function withItemBeyond(frame: Uint8Array, fieldCount: number, item: Uint8Array): Uint8Array {
  const itemCount = (frame[0] ?? 0) & 0x0f;
  const nils = new Uint8Array(fieldCount + 1 - itemCount).fill(0xc0);
  return joined(bytes(0x90 | (fieldCount + 2)), frame.subarray(1), nils, item);
}

/** Bytes from numbers, such as `bytes(0xc0)`. */
export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** One piece of bytes after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A MessagePack string of fewer than 256 bytes. */
export function packedText(text: string): Uint8Array {
  const utf8 = new TextEncoder().encode(text);
  return joined(bytes(0xd9, utf8.length), utf8);
}
