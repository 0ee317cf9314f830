import type { FrameBody } from './codec.ts';

const utf8 = new TextEncoder();

/**
 * The size of a frame in bytes, exact where it matters: a text that is surely within or surely beyond `bytesMax` is
 * not encoded just to be measured.
 */
export function bodyBytes(body: FrameBody, bytesMax: number): number {
  if (typeof body !== 'string' || body.length > bytesMax || body.length * 3 <= bytesMax) return body.length;
  return utf8.encode(body).length;
}
