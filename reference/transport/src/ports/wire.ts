/**
 * How a transport puts a frame body on the wire.
 *
 * All connections of one kind share one `Wire` object, so finished frames can be shared by every connection that has
 * the same wire, and several finished frames can be joined into one buffer and written at once.
 */

import type { FrameBody } from '@micro-socket/protocol';

export interface Wire {
  readonly name: string;
  /** The finished bytes of one frame, header included. */
  frame(body: FrameBody): Uint8Array;
}

const utf8 = new TextEncoder();

/** The bytes of a body: UTF-8 for text. */
export function bytesOf(body: FrameBody): Uint8Array {
  return typeof body === 'string' ? utf8.encode(body) : body;
}

/** Joins finished frames into one buffer. */
export function joinFrames(frames: readonly Uint8Array[], totalBytes: number): Uint8Array {
  if (frames.length === 1) return frames[0] as Uint8Array;
  const joined = new Uint8Array(totalBytes);
  let offset = 0;
  for (const bytes of frames) {
    joined.set(bytes, offset);
    offset += bytes.length;
  }
  return joined;
}
