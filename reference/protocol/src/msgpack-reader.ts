/**
 * Reads one MessagePack value, in one pass and without trusting it.
 *
 * Theory of operation. Containers that are not full yet stand on a stack of their own instead of the call stack, so
 * nesting cannot exhaust it. Room is made item by item, never by what a length claims, and a container that claims more
 * items than there are bytes left is refused at once; so a frame costs no more memory than its own bytes are worth. Texts
 * must be UTF-8 and are kept to the last code point, a byte order mark included, because a text that was repaired is
 * another text (I7).
 *
 * What it is not: a judge of payloads. 64-bit integers beyond 2^53 - 1 come out as bigint, binary values as Uint8Array and
 * extensions as `ExtensionValue`, for `payloadProblem` and the schemas to refuse by name.
 */

/** A value of an extension type, the timestamp among them. No field accepts one. */
export class ExtensionValue {
  readonly type: number;
  readonly bytes: Uint8Array;

  constructor(type: number, bytes: Uint8Array) {
    this.type = type;
    this.bytes = bytes;
  }
}

/** The value that `bytes` are. Throws `RangeError` or `TypeError` when they are not exactly one. */
export function readMessagePack(bytes: Uint8Array): unknown {
  return new Reader(bytes).read();
}

type Fields = Record<string, unknown>;

/** A container that still lacks items. */
interface Unfinished {
  readonly into: unknown[] | Fields;
  missing: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Up to this many bytes it is quicker to put a text together by hand. */
const SHORT_TEXT_BYTES = 40;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #unfinished: Unfinished[] = [];
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): unknown {
    const root = this.#value();
    for (let top = this.#unfinished.at(-1); top !== undefined; top = this.#unfinished.at(-1)) {
      if (top.missing === 0) this.#unfinished.pop();
      else this.#readInto(top);
    }
    if (this.#offset !== this.#bytes.length) throw new RangeError('something comes after its end.');
    return root;
  }

  #readInto(container: Unfinished): void {
    container.missing -= 1;
    if (Array.isArray(container.into)) {
      container.into.push(this.#value());
      return;
    }
    const key = this.#value();
    if (typeof key !== 'string') throw new TypeError('a key of a map is not a string.');
    if (key === '__proto__') throw new TypeError('a map has the key __proto__.');
    container.into[key] = this.#value();
  }

  /** A scalar, or a container whose items are still to be read. */
  #value(): unknown {
    const form = this.#uint8();
    if (form <= 0x7f) return form;
    if (form >= 0xe0) return form - 0x100;
    if (form <= 0x8f) return this.#map(form & 0x0f);
    if (form <= 0x9f) return this.#array(form & 0x0f);
    if (form <= 0xbf) return this.#text(form & 0x1f);
    switch (form) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#take(this.#uint8());
      case 0xc5:
        return this.#take(this.#uint16());
      case 0xc6:
        return this.#take(this.#uint32());
      case 0xc7:
        return this.#extension(this.#uint8());
      case 0xc8:
        return this.#extension(this.#uint16());
      case 0xc9:
        return this.#extension(this.#uint32());
      case 0xca:
        return this.#view.getFloat32(this.#advance(4));
      case 0xcb:
        return this.#view.getFloat64(this.#advance(8));
      case 0xcc:
        return this.#uint8();
      case 0xcd:
        return this.#uint16();
      case 0xce:
        return this.#uint32();
      case 0xcf:
        return exact(this.#view.getBigUint64(this.#advance(8)));
      case 0xd0:
        return this.#view.getInt8(this.#advance(1));
      case 0xd1:
        return this.#view.getInt16(this.#advance(2));
      case 0xd2:
        return this.#view.getInt32(this.#advance(4));
      case 0xd3:
        return exact(this.#view.getBigInt64(this.#advance(8)));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (form - 0xd4));
      case 0xd9:
        return this.#text(this.#uint8());
      case 0xda:
        return this.#text(this.#uint16());
      case 0xdb:
        return this.#text(this.#uint32());
      case 0xdc:
        return this.#array(this.#uint16());
      case 0xdd:
        return this.#array(this.#uint32());
      case 0xde:
        return this.#map(this.#uint16());
      case 0xdf:
        return this.#map(this.#uint32());
      default:
        throw new RangeError('it has the byte 0xc1.');
    }
  }

  #array(count: number): unknown[] {
    return this.#open([], count, count);
  }

  #map(count: number): Fields {
    return this.#open({}, count, 2 * count);
  }

  /** Every item takes at least one byte, so more items than bytes that are left is a lie. */
  #open<Container extends unknown[] | Fields>(into: Container, count: number, itemCount: number): Container {
    if (itemCount > this.#bytes.length - this.#offset) throw endsTooEarly();
    if (count > 0) this.#unfinished.push({ into, missing: count });
    return into;
  }

  #text(length: number): string {
    const start = this.#advance(length);
    const end = start + length;
    if (length > SHORT_TEXT_BYTES) return utf8.decode(this.#bytes.subarray(start, end));
    let text = '';
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at] as number;
      if (byte >= 0x80) return utf8.decode(this.#bytes.subarray(start, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #extension(length: number): ExtensionValue {
    const type = this.#view.getInt8(this.#advance(1));
    return new ExtensionValue(type, this.#take(length));
  }

  #take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.slice(start, start + length);
  }

  #uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  #uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  #uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** Steps over as many bytes and says where they begin. */
  #advance(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw endsTooEarly();
    this.#offset = start + length;
    return start;
  }
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function endsTooEarly(): RangeError {
  return new RangeError('it ends too early.');
}
