/** CRC-32 as zlib, gzip and PNG compute it (IEEE 802.3), over text. It finds accidents, never an attacker. */

const POLYNOMIAL_REVERSED = 0xedb8_8320;
const CHUNK_BYTES = 4_096;

const utf8 = new TextEncoder();
const remainders = remainderOfEveryByte();

/** Shared by all calls: none is suspended half way, and none reads what another has left here. */
const chunk = new Uint8Array(CHUNK_BYTES);

/** The CRC-32 of the UTF-8 bytes of a text, from 0 to 2^32 - 1. The text is encoded piece by piece, never as a whole. */
export function crc32(text: string): number {
  let register = -1;
  let rest = text;
  while (rest.length > 0) {
    const { read, written } = utf8.encodeInto(rest, chunk);
    register = fed(register, written);
    rest = rest.slice(read);
  }
  return ~register >>> 0;
}

/** The register after the first bytes of the chunk. */
function fed(register: number, byteCount: number): number {
  let next = register;
  for (let index = 0; index < byteCount; index++) {
    next = (remainders[(next ^ (chunk[index] as number)) & 0xff] as number) ^ (next >>> 8);
  }
  return next;
}

/** Signed integers, because they are what bitwise operators give without a conversion. */
function remainderOfEveryByte(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL_REVERSED : 0);
    return remainder;
  });
}
