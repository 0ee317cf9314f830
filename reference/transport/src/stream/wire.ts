/**
 * Frames in a stream of bytes: a length of four bytes, big-endian, then the body (§3.4). TCP, TLS, Unix sockets and
 * in-process connections share this one wire, so they share finished frames too.
 */

import type { FrameBody } from '@micro-socket/protocol';
import { bytesOf, type Wire } from '../ports/wire.ts';

export const LENGTH_BYTES = 4;

export const streamWire: Wire = {
  name: 'length-prefixed',
  /** Throws `RangeError` for an empty body: a length of 0 announces a close record. */
  frame(body: FrameBody): Uint8Array {
    const payload = bytesOf(body);
    if (payload.length === 0) throw new RangeError('The body of a frame has at least one byte.');
    const bytes = new Uint8Array(LENGTH_BYTES + payload.length);
    new DataView(bytes.buffer).setUint32(0, payload.length);
    bytes.set(payload, LENGTH_BYTES);
    return bytes;
  },
};

/** The bodies inside a buffer of whole frames. */
export function bodiesIn(frames: Uint8Array): Uint8Array[] {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  const bodies: Uint8Array[] = [];
  for (let offset = 0; offset < frames.length; ) {
    const start = offset + LENGTH_BYTES;
    offset = start + view.getUint32(offset);
    bodies.push(frames.subarray(start, offset));
  }
  return bodies;
}
