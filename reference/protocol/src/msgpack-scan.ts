/**
 * Walks MessagePack bytes without building anything, so that a frame cannot ask for more than it is worth.
 *
 * A decoder makes room for an array when it reads the array's length, and that length costs its sender three bytes.
 * Every item takes at least one byte, so more outstanding items than bytes that are left is a lie, and it is found here
 * before any room is made. Texts must be UTF-8, because decoders repair what is not, and a repaired text is another
 * text (I7).
 */

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes of the forms 0xc0 to 0xdf without what their own length adds; 0 where the byte is not used. */
const FIXED = [1, 0, 1, 1, 2, 3, 5, 3, 4, 6, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 3, 4, 6, 10, 18, 2, 3, 5, 3, 5, 3, 5];

/** Stands for a byte that is not there; taken for the shortest form, whose one byte is then missed. */
const END = 0;

/** Throws where `bytes` is not exactly one whole MessagePack value whose texts are UTF-8. */
export function scanMessagePack(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  for (let outstanding = 1; outstanding > 0; outstanding--) {
    const form = bytes[offset] ?? END;
    const header = form >= 0xc0 && form <= 0xdf ? (FIXED[form - 0xc0] as number) : 1;
    if (header === 0) throw new RangeError('it has the byte 0xc1.');
    if (offset + header > bytes.length) throw new RangeError('it ends too early.');
    const count = countAt(view, offset, form);
    const kind = kindOf(form);
    offset += header;
    if (kind === 'text') requireUtf8(bytes.subarray(offset, offset + count));
    if (kind === 'text' || kind === 'bytes') offset += count;
    if (kind === 'array') outstanding += count;
    if (kind === 'map') outstanding += 2 * count;
    if (outstanding - 1 > bytes.length - offset) throw new RangeError('it ends too early.');
  }
  if (offset !== bytes.length) throw new RangeError('something comes after its end.');
}

function kindOf(form: number): 'text' | 'bytes' | 'array' | 'map' | 'scalar' {
  if (form >= 0xa0 && form <= 0xbf) return 'text';
  if (form >= 0xd9 && form <= 0xdb) return 'text';
  if (form >= 0xc4 && form <= 0xc9) return 'bytes';
  if ((form >= 0x90 && form <= 0x9f) || form === 0xdc || form === 0xdd) return 'array';
  if ((form >= 0x80 && form <= 0x8f) || form === 0xde || form === 0xdf) return 'map';
  return 'scalar';
}

/** The length or count that a form carries, in its own bits or in the bytes after it. */
function countAt(view: DataView, offset: number, form: number): number {
  if (form >= 0x80 && form <= 0x9f) return form & 0x0f;
  if (form >= 0xa0 && form <= 0xbf) return form & 0x1f;
  switch (form) {
    case 0xc4:
    case 0xc7:
    case 0xd9:
      return view.getUint8(offset + 1);
    case 0xc5:
    case 0xc8:
    case 0xda:
    case 0xdc:
    case 0xde:
      return view.getUint16(offset + 1);
    case 0xc6:
    case 0xc9:
    case 0xdb:
    case 0xdd:
    case 0xdf:
      return view.getUint32(offset + 1);
    default:
      return 0;
  }
}

function requireUtf8(text: Uint8Array): void {
  if (text.every((byte) => byte < 0x80)) return;
  utf8.decode(text);
}
