/** The codec port: frames to bytes and back, with every rule of the schemas checked on the way in. §3 of the protocol. */

import type { Direction } from './frame-schema.ts';
import type { ClientFrame, Frame, GatewayFrame } from './frames.ts';
import type { Encoding } from './subprotocol.ts';

/** One encoded frame: text in JSON, bytes in MessagePack. A transport adds its own header. */
export type FrameBody = string | Uint8Array;

export interface Codec {
  readonly encoding: Encoding;
  /** Encodes a frame that is known to be valid. */
  encode(frame: Frame): FrameBody;
  /**
   * Decodes and checks one frame that `from` sent. Throws `ProtocolError` with MALFORMED_FRAME, UNKNOWN_TYPE or
   * INVALID_FIELD; its `id` is the request's, where the frame carries a usable one.
   */
  decode(body: FrameBody, from: 'client'): ClientFrame;
  decode(body: FrameBody, from: 'gateway'): GatewayFrame;
  decode(body: FrameBody, from: Direction): Frame;
}
