/** Finished WebSocket frames as a server sends them: RFC 6455 §5.2, unmasked and never fragmented. */

import type { Encoding, FrameBody } from '@micro-socket/protocol';
import { bytesOf, type Wire } from '../ports/wire.ts';

/** FIN, and the opcode of a text or of a binary message. */
export const FIN_TEXT = 0x81;
export const FIN_BINARY = 0x82;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/** The wire of a server's WebSocket connections in one encoding. */
export function webSocketWire(encoding: Encoding): Wire {
  return encoding === 'json' ? textWire : binaryWire;
}

const textWire: Wire = { name: 'ws-text', frame: (body) => framed(FIN_TEXT, body) };
const binaryWire: Wire = { name: 'ws-binary', frame: (body) => framed(FIN_BINARY, body) };

function framed(firstByte: number, body: FrameBody): Uint8Array {
  return webSocketFrame(firstByte, bytesOf(body));
}

/** One frame: the first byte has FIN, the reserved bits and the opcode (RFC 6455 §5.2). */
export function webSocketFrame(firstByte: number, payload: Uint8Array): Uint8Array {
  const headerBytes = payload.length < LENGTH_IN_16_BITS ? 2 : payload.length < 65_536 ? 4 : 10;
  const bytes = new Uint8Array(headerBytes + payload.length);
  bytes[0] = firstByte;
  writeLength(bytes, payload.length, headerBytes);
  bytes.set(payload, headerBytes);
  return bytes;
}

function writeLength(bytes: Uint8Array, length: number, headerBytes: number): void {
  const view = new DataView(bytes.buffer);
  if (headerBytes === 2) {
    bytes[1] = length;
  } else if (headerBytes === 4) {
    bytes[1] = LENGTH_IN_16_BITS;
    view.setUint16(2, length);
  } else {
    bytes[1] = LENGTH_IN_64_BITS;
    view.setBigUint64(2, BigInt(length));
  }
}
