/** What a close may carry, the same over every transport: the rules of RFC 6455 §7.4 and §5.5. */

/** The largest reason, in bytes of UTF-8. */
export const REASON_BYTES_MAX = 123;

const utf8 = new TextEncoder();

/** Whether this code may be sent. The others stand for what no peer says, such as 1006, a lost link. */
export function isCloseCode(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

/** The reason as it may be sent: cut by characters of at most four bytes, so that no character is cut in two. */
export function shortenedReason(reason: string): string {
  if (utf8.encode(reason).length <= REASON_BYTES_MAX) return reason;
  return Array.from(reason)
    .slice(0, Math.floor(REASON_BYTES_MAX / 4))
    .join('');
}

/** Why a connection was closed with 1009. */
export function tooBigReason(frameBytesReadMax: number): string {
  return `A frame has more than ${frameBytesReadMax} bytes (frameBytesReadMax).`;
}
