/**
 * Finished WebSocket frames, compressed (permessage-deflate, RFC 7692).
 *
 * Every message is compressed by itself: the client was told `server_no_context_takeover`. So a compressed frame does not
 * depend on what its connection was sent before, and one buffer serves a whole cohort as an uncompressed one does; it is
 * compressed once. A message that is short, or that would not become shorter, is sent as it is, which the extension
 * allows for each message.
 */

import { constants, deflateRawSync } from 'node:zlib';
import type { Encoding, FrameBody } from '@micro-socket/protocol';
import { bytesOf, type Wire } from '../ports/wire.ts';
import { FIN_BINARY, FIN_TEXT, webSocketFrame } from '../websocket/wire.ts';

/** Says that the message is compressed (RFC 7692 §6). */
const RSV1 = 0x40;

/** Every flush ends with these four bytes; they are not sent (RFC 7692 §7.2.1). */
const FLUSH_BYTES = 4;

/** Shorter messages are sent as they are: there is nothing to win below this, and the time is lost. */
export const DEFLATE_BYTES_MIN = 256;

/** The wire of compressed WebSocket connections in one encoding; always the same object. */
export function deflateWire(encoding: Encoding): Wire {
  return encoding === 'json' ? textWire : binaryWire;
}

const textWire: Wire = { name: 'ws-text-deflate', frame: (body) => framed(FIN_TEXT, body) };
const binaryWire: Wire = { name: 'ws-binary-deflate', frame: (body) => framed(FIN_BINARY, body) };

function framed(firstByte: number, body: FrameBody): Uint8Array {
  const payload = bytesOf(body);
  if (payload.length < DEFLATE_BYTES_MIN) return webSocketFrame(firstByte, payload);
  const flushed = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  const compressed = flushed.subarray(0, flushed.length - FLUSH_BYTES);
  const isShorter = compressed.length < payload.length;
  return isShorter ? webSocketFrame(firstByte | RSV1, compressed) : webSocketFrame(firstByte, payload);
}
