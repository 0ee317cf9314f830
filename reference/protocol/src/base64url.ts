/** Bytes as text: base64url without padding (RFC 4648 §5), with exactly one text for one value. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const bitsByCharacter = new Map([...ALPHABET].map((character, value) => [character, value]));

export function base64UrlEncode(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    pendingBits += 8;
    for (; pendingBits >= 6; pendingBits -= 6) text += ALPHABET.charAt((pending >>> (pendingBits - 6)) & 63);
    pending &= (1 << pendingBits) - 1;
  }
  return pendingBits === 0 ? text : text + ALPHABET.charAt(pending << (6 - pendingBits));
}

/**
 * The bytes of a text, or `undefined` unless it is the very text that `base64UrlEncode` writes: no padding, no blanks,
 * none of the other alphabet's characters, and no stray bits after the last byte.
 */
export function base64UrlDecode(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let length = 0;
  let pending = 0;
  let pendingBits = 0;
  for (const character of text) {
    const value = bitsByCharacter.get(character);
    if (value === undefined) return undefined;
    pending = (pending << 6) | value;
    pendingBits += 6;
    if (pendingBits < 8) continue;
    pendingBits -= 8;
    bytes[length++] = pending >>> pendingBits;
    pending &= (1 << pendingBits) - 1;
  }
  // Six bits left over are a character that belongs to no byte.
  return pending === 0 && pendingBits < 6 ? bytes : undefined;
}
