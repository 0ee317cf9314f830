/**
 * A slow, obvious codec, the fast one's oracle: written from §3.2 of the protocol page and the MessagePack specification,
 * with no code of the package that it judges. It checks nothing that a schema would.
 */

import { PUBLISHED, type PublishedField, publishedFields, publishedFrame } from './published.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A frame as JSON text: `type`, then the fields in their order. */
export function oracleJson(frame: object): string {
  const { type, ...fields } = frame as Fields & { type: string };
  const present = publishedFields(type, 'json').filter(({ name }) => fields[name] !== undefined);
  return jsonOf(Object.fromEntries([['type', type], ...present.map(({ name }) => [name, fields[name]])]));
}

/** A frame as MessagePack: its number, then its fields by position. */
export function oracleMessagePack(frame: object): Uint8Array {
  return Uint8Array.from(msgpackOf(oracleItems(frame)));
}

/** The items of the MessagePack array: nil for what is absent, nothing for what is absent at the end. */
export function oracleItems(frame: object): readonly unknown[] {
  const { type, ...fields } = frame as Fields & { type: string };
  const items: unknown[] = publishedFields(type, 'msgpack').map(({ name }) => fields[name]);
  while (items.length > 0 && items.at(-1) === undefined) items.pop();
  return [publishedFrame(type).number, ...items.map((item) => item ?? null)];
}

/** The frame of a JSON text, without the fields that are not known. */
export function readOracleJson(text: string): object {
  const fields: Fields = JSON.parse(text);
  const known = publishedFields(fields['type'] as string, 'json').map(({ name }) => name);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name === 'type' || known.includes(name)));
}

/** The frame of MessagePack bytes, without the items that are not known. */
export function readOracleMessagePack(bytes: Uint8Array): object {
  const reader = new Reader(bytes);
  const [number, ...items] = reader.value() as unknown[];
  if (!reader.isAtEnd()) throw new Error('Something comes after the frame.');
  const spec = PUBLISHED.find((frame) => frame.number === number);
  if (spec === undefined) throw new Error(`No frame has the number ${number}.`);
  const isThere = ({ optional }: PublishedField, item: unknown) => item !== undefined && !(optional && item === null);
  const fields = publishedFields(spec.name, 'msgpack')
    .map((field, position) => ({ field, item: items[position] }))
    .filter(({ field, item }) => isThere(field, item))
    .map(({ field, item }) => [field.name, item]);
  return Object.fromEntries([['type', spec.name], ...fields]);
}

function jsonOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonTextOf(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  const members = Object.entries(value as Fields).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${jsonTextOf(name)}:${jsonOf(member)}`).join(',')}}`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function jsonTextOf(text: string): string {
  const escaped = [...text].map((character) => {
    const short = SHORT_ESCAPES[character];
    if (short !== undefined) return short;
    const code = character.codePointAt(0) as number;
    const isLoneSurrogate = code >= 0xd800 && code <= 0xdfff;
    return code < 0x20 || isLoneSurrogate ? `\\u${code.toString(16).padStart(4, '0')}` : character;
  });
  return `"${escaped.join('')}"`;
}

/** Each value in its shortest form, integers before floats, floats as 64 bits. */
function msgpackOf(value: unknown): number[] {
  if (value === null) return [0xc0];
  if (value === false) return [0xc2];
  if (value === true) return [0xc3];
  if (typeof value === 'number') return Number.isSafeInteger(value) ? integerBytes(value) : floatBytes(value);
  if (typeof value === 'string') return textBytes(value);
  if (Array.isArray(value)) return [...headBytes(value.length, 0x90, 0xdc), ...value.flatMap(msgpackOf)];
  const members = Object.entries(value as Fields).filter(([, member]) => member !== undefined);
  return [
    ...headBytes(members.length, 0x80, 0xde),
    ...members.flatMap(([name, member]) => [...textBytes(name), ...msgpackOf(member)]),
  ];
}

function integerBytes(value: number): number[] {
  if (value >= 0) {
    if (value < 0x80) return [value];
    if (value < 0x100) return [0xcc, value];
    if (value < 0x1_0000) return [0xcd, ...bigEndian(value, 2)];
    if (value < 0x1_0000_0000) return [0xce, ...bigEndian(value, 4)];
    return [0xcf, ...bigEndian(value, 8)];
  }
  if (value >= -0x20) return [0x100 + value];
  if (value >= -0x80) return [0xd0, 0x100 + value];
  if (value >= -0x8000) return [0xd1, ...bigEndian(value, 2)];
  if (value >= -0x8000_0000) return [0xd2, ...bigEndian(value, 4)];
  return [0xd3, ...bigEndian(value, 8)];
}

/** The lowest bytes of an integer in two's complement. */
function bigEndian(value: number, length: number): number[] {
  const bits = BigInt.asUintN(8 * length, BigInt(value));
  return Array.from({ length }, (_, at) => Number((bits >> BigInt(8 * (length - 1 - at))) & 0xffn));
}

function floatBytes(value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return [0xcb, ...Array.from({ length: 8 }, (_, at) => view.getUint8(at))];
}

function textBytes(text: string): number[] {
  const utf8 = [...new TextEncoder().encode(text)];
  if (utf8.length < 0x20) return [0xa0 + utf8.length, ...utf8];
  if (utf8.length < 0x100) return [0xd9, utf8.length, ...utf8];
  if (utf8.length < 0x1_0000) return [0xda, ...bigEndian(utf8.length, 2), ...utf8];
  return [0xdb, ...bigEndian(utf8.length, 4), ...utf8];
}

/** The start of an array or a map with `count` items: up to 15 in one byte, then in two or four bytes more. */
function headBytes(count: number, short: number, long: number): number[] {
  if (count < 0x10) return [short + count];
  return count < 0x1_0000 ? [long, ...bigEndian(count, 2)] : [long + 1, ...bigEndian(count, 4)];
}

/** Reads the forms that a frame without foreign values may hold. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(): unknown {
    const form = this.#unsigned(1);
    if (form <= 0x7f) return form;
    if (form <= 0x8f) return this.#map(form - 0x80);
    if (form <= 0x9f) return this.#array(form - 0x90);
    if (form <= 0xbf) return this.#text(form - 0xa0);
    if (form >= 0xe0) return form - 0x100;
    switch (form) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xca:
        return this.#view(4).getFloat32(0);
      case 0xcb:
        return this.#view(8).getFloat64(0);
      case 0xcc:
        return this.#unsigned(1);
      case 0xcd:
        return this.#unsigned(2);
      case 0xce:
        return this.#unsigned(4);
      case 0xcf:
        return Number(this.#view(8).getBigUint64(0));
      case 0xd0:
        return this.#view(1).getInt8(0);
      case 0xd1:
        return this.#view(2).getInt16(0);
      case 0xd2:
        return this.#view(4).getInt32(0);
      case 0xd3:
        return Number(this.#view(8).getBigInt64(0));
      case 0xd9:
        return this.#text(this.#unsigned(1));
      case 0xda:
        return this.#text(this.#unsigned(2));
      case 0xdb:
        return this.#text(this.#unsigned(4));
      case 0xdc:
        return this.#array(this.#unsigned(2));
      case 0xdd:
        return this.#array(this.#unsigned(4));
      case 0xde:
        return this.#map(this.#unsigned(2));
      case 0xdf:
        return this.#map(this.#unsigned(4));
      default:
        throw new Error(`The form 0x${form.toString(16)} stands in no frame.`);
    }
  }

  #array(count: number): unknown[] {
    return Array.from({ length: count }, () => this.value());
  }

  #map(count: number): object {
    return Object.fromEntries(Array.from({ length: count }, () => [this.value() as string, this.value()]));
  }

  #text(length: number): string {
    const view = this.#view(length);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(view);
  }

  #unsigned(length: 1 | 2 | 4): number {
    const view = this.#view(length);
    if (length === 1) return view.getUint8(0);
    return length === 2 ? view.getUint16(0) : view.getUint32(0);
  }

  #view(length: number): DataView {
    if (this.#at + length > this.#bytes.length) throw new Error('The bytes end too early.');
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, length);
    this.#at += length;
    return view;
  }
}
