/** Frames as JSON text, for people and for clients written in an afternoon. §3.2 of the protocol. */

import type { Codec, FrameBody } from './codec.ts';
import { ProtocolError } from './errors.ts';
import type { Direction } from './frame-schema.ts';
import { FRAMES, type Frame } from './frames.ts';
import { validated } from './validate.ts';

const sharedTypes = new Set<string>(FRAMES.filter(({ shared }) => shared).map(({ name }) => name));

export const jsonCodec: Codec = {
  encoding: 'json',

  encode(frame: Frame): string {
    // Shared frames may name their topic in both ways; the alias is for MessagePack only.
    return JSON.stringify(sharedTypes.has(frame.type) ? { ...frame, alias: undefined } : frame);
  },

  decode(body: FrameBody, from: Direction) {
    const value = parse(body);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ProtocolError('MALFORMED_FRAME', 'A frame must be a JSON object with a field "type".');
    }
    // The overloads of the port narrow by direction; validated() has checked exactly that.
    return validated(value as Record<string, unknown>, from, 'json') as never;
  },
};

function parse(body: FrameBody): unknown {
  if (typeof body !== 'string') {
    throw new ProtocolError('MALFORMED_FRAME', 'A JSON frame must come as valid UTF-8 text, not as a binary message.');
  }
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new ProtocolError('MALFORMED_FRAME', 'The frame is not JSON text.', { cause });
  }
}
