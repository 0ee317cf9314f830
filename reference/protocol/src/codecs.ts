import type { Codec } from './codec.ts';
import { jsonCodec } from './json-codec.ts';
import { msgpackCodec } from './msgpack-codec.ts';
import type { Encoding } from './subprotocol.ts';

/** The codec of an encoding. */
export function codecFor(encoding: Encoding): Codec {
  return encoding === 'json' ? jsonCodec : msgpackCodec;
}
