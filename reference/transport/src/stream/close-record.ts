/**
 * The last thing that is said in a stream (§3.4): the length 0, the close code in two bytes, the length of the reason
 * in two bytes, all big-endian, and the reason in UTF-8.
 */

import { isCloseCode, REASON_BYTES_MAX, shortenedReason } from '../close-code.ts';
import { LENGTH_BYTES } from './wire.ts';

/** The code and the length of the reason. */
export const CLOSE_HEAD_BYTES = 4;

const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) };

/** The finished bytes of a close. A reason that is too long is cut. Throws `RangeError` for a code that has no place here. */
export function closeRecord(code: number, reason: string): Uint8Array {
  if (!isCloseCode(code)) throw new RangeError(`${code} is not a close code that can be sent.`);
  const text = utf8.encoder.encode(shortenedReason(reason));
  const bytes = new Uint8Array(LENGTH_BYTES + CLOSE_HEAD_BYTES + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(LENGTH_BYTES, code);
  view.setUint16(LENGTH_BYTES + 2, text.length);
  bytes.set(text, LENGTH_BYTES + CLOSE_HEAD_BYTES);
  return bytes;
}

/** Whether a record may carry this code and a reason of this many bytes. */
export function isCloseHead(code: number, reasonBytes: number): boolean {
  return isCloseCode(code) && reasonBytes <= REASON_BYTES_MAX;
}

/** The reason as text, or `undefined` when it is not UTF-8. */
export function reasonText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
