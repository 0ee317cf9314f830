/** Frames in one buffer without a network: a length of four bytes, big-endian, then the body. */

import type { Encoding, FrameBody } from '@micro-socket/protocol';
import { bytesOf, type Wire } from '../ports/wire.ts';

const HEADER_BYTES = 4;
// A byte order mark is a character like any other here: what comes out is what went in.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export const inprocWire: Wire = {
  name: 'length-prefixed',
  frame(body: FrameBody): Uint8Array {
    const payload = bytesOf(body);
    const bytes = new Uint8Array(HEADER_BYTES + payload.length);
    new DataView(bytes.buffer).setUint32(0, payload.length);
    bytes.set(payload, HEADER_BYTES);
    return bytes;
  },
};

/** The bodies inside a buffer of whole frames. */
export function bodiesIn(frames: Uint8Array, encoding: Encoding): FrameBody[] {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  const bodies: FrameBody[] = [];
  for (let offset = 0; offset < frames.length; ) {
    const start = offset + HEADER_BYTES;
    offset = start + view.getUint32(offset);
    const body = frames.subarray(start, offset);
    bodies.push(encoding === 'json' ? utf8.decode(body) : body);
  }
  return bodies;
}
