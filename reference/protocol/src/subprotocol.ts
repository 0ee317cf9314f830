/** The two encodings and the WebSocket subprotocols that choose them. §3.1 of the protocol. */

/** The number that `setup.protocol` must carry. */
export const PROTOCOL_VERSION = 1;

export const ENCODINGS = ['json', 'msgpack'] as const;

/** How frames are written: JSON text, or MessagePack arrays. */
export type Encoding = (typeof ENCODINGS)[number];

const subprotocolByEncoding: Readonly<Record<Encoding, string>> = {
  json: 'microsocket.v1.json',
  msgpack: 'microsocket.v1.msgpack',
};

/** All subprotocol names that a gateway speaks. */
export const SUBPROTOCOLS: readonly string[] = ENCODINGS.map((encoding) => subprotocolByEncoding[encoding]);

/** The WebSocket subprotocol that stands for `encoding`. */
export function subprotocolOf(encoding: Encoding): string {
  return subprotocolByEncoding[encoding];
}

/** The encoding that a subprotocol name stands for, or `undefined` for a name that is not ours. */
export function encodingOf(subprotocol: string): Encoding | undefined {
  return ENCODINGS.find((encoding) => subprotocolByEncoding[encoding] === subprotocol);
}
