/** Finished WebSocket frames as a server sends them: RFC 6455 §5.2, unmasked, never fragmented, never compressed. */

import type { Encoding, FrameBody } from '@micro-socket/protocol';
import { bytesOf, type Wire } from '../ports/wire.ts';

const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/** The wire of a server's WebSocket connections in one encoding. */
export function webSocketWire(encoding: Encoding): Wire {
  return encoding === 'json' ? textWire : binaryWire;
}

const textWire: Wire = { name: 'ws-text', frame: (body) => framed(FIN_TEXT, body) };
const binaryWire: Wire = { name: 'ws-binary', frame: (body) => framed(FIN_BINARY, body) };

function framed(firstByte: number, body: FrameBody): Uint8Array {
  const payload = bytesOf(body);
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
