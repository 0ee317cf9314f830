/** Frames that are written in an unusual way, and frames that are refused: by hand, as they arrive. */

import type { Direction, Encoding, ErrorCode } from '../src/index.ts';

interface Input {
  readonly what: string;
  /** Who sent it. */
  readonly direction: Direction;
  readonly encoding: Encoding;
  /** JSON text, or MessagePack in hexadecimal. */
  readonly input: string;
}

/** The frame that is read. */
export interface Unusual extends Input {
  readonly frame: object;
}

/** The refusal, and the id of the request that it carries. */
export interface Invalid extends Input {
  readonly expect: ErrorCode;
  readonly id?: number;
}

const subscribe = { type: 'subscribe', id: 5, topic: 'a' };
const pong = { type: 'pong', time: 5 };

const json = (what: string, input: string) => ({
  what,
  direction: 'client' as const,
  encoding: 'json' as const,
  input,
});
const msgpack = (what: string, input: string) => ({
  what,
  direction: 'client' as const,
  encoding: 'msgpack' as const,
  input: input.replaceAll(' ', ''),
});

export const UNUSUAL: readonly Unusual[] = [
  {
    ...json('fields in another order, with blanks', ' { "topic" : "a", "id":5,\n"type":"subscribe" } '),
    frame: subscribe,
  },
  {
    ...json('a field that is not known', '{"type":"subscribe","id":5,"topic":"a","later":{"x":[1]}}'),
    frame: subscribe,
  },
  {
    ...json(
      'a field that is not known inside a field',
      '{"type":"subscribe","id":5,"topic":"a","from":{"last":3,"later":true}}',
    ),
    frame: { ...subscribe, from: { last: 3 } },
  },
  { ...json('an integer with a fraction of zero', '{"type":"subscribe","id":5.0,"topic":"a"}'), frame: subscribe },
  { ...json('an integer with an exponent', '{"type":"subscribe","id":50e-1,"topic":"a"}'), frame: subscribe },
  { ...json('escapes where none are needed', '{"type":"\\u0073ubscribe","id":5,"topic":"\\u0061"}'), frame: subscribe },
  {
    ...json('the same key twice: the last counts', '{"type":"subscribe","id":4,"topic":"a","id":5}'),
    frame: subscribe,
  },
  {
    ...json(
      'data of presence that is null: left out',
      '{"type":"presence","id":5,"topic":"a","action":"enter","data":null}',
    ),
    frame: { type: 'presence', id: 5, topic: 'a', action: 'enter' },
  },
  { ...msgpack('the array in a longer form', 'dc 0003 02 05 a161'), frame: subscribe },
  { ...msgpack('the text in a longer form', '93 02 05 d901 61'), frame: subscribe },
  { ...msgpack('an integer as uint 8', '93 02 cc05 a161'), frame: subscribe },
  { ...msgpack('an integer as int 64', '93 02 d30000000000000005 a161'), frame: subscribe },
  { ...msgpack('an integer as float 32', '93 02 ca40a00000 a161'), frame: subscribe },
  { ...msgpack('an integer as float 64', '93 02 cb4014000000000000 a161'), frame: subscribe },
  {
    ...msgpack('the largest id, as uint 64', '93 02 cf001fffffffffffff a161'),
    frame: { ...subscribe, id: Number.MAX_SAFE_INTEGER },
  },
  { ...msgpack('the number of the frame as uint 16', '92 cd0014 05'), frame: pong },
  { ...msgpack('a time as an integer', '92 14 05'), frame: pong },
  { ...msgpack('a time as float 32', '92 14 ca40a00000'), frame: pong },
  { ...msgpack('absent fields at the end as nil', '96 02 05 a161 c0 c0 c0'), frame: subscribe },
  {
    ...msgpack('items beyond the known fields', '9b 02 05 a161 c0 c0 c0 c0 c0 c0 81a17801 d6ff00000001'),
    frame: subscribe,
  },
  {
    ...msgpack('data of presence that is nil: left out', '95 12 05 a161 a5656e746572 c0'),
    frame: { type: 'presence', id: 5, topic: 'a', action: 'enter' },
  },
  {
    ...msgpack('a payload that is nil: null', '95 04 05 a161 a16d c0'),
    frame: { type: 'publish', id: 5, topic: 'a', messageId: 'm', payload: null },
  },
];

export const INVALID: readonly Invalid[] = [
  { ...json('no text at all', ''), expect: 'MALFORMED_FRAME' },
  { ...json('a text that is cut', '{"type":"pong","time":5'), expect: 'MALFORMED_FRAME' },
  { ...json('something after the frame', '{"type":"pong","time":5}{}'), expect: 'MALFORMED_FRAME' },
  { ...json('an array', '[20,5]'), expect: 'MALFORMED_FRAME' },
  { ...json('null', 'null'), expect: 'MALFORMED_FRAME' },
  { ...json('no type', '{"id":5,"topic":"a"}'), expect: 'UNKNOWN_TYPE', id: 5 },
  { ...json('a type that is not known', '{"type":"whisper","id":5}'), expect: 'UNKNOWN_TYPE', id: 5 },
  { ...json('a frame of the gateway', '{"type":"ping","time":5}'), expect: 'UNKNOWN_TYPE' },
  {
    ...json('another version, whatever else', '{"type":"setup","protocol":2,"token":7}'),
    expect: 'VERSION_UNSUPPORTED',
  },
  { ...json('a version that is no integer', '{"type":"setup","protocol":"1"}'), expect: 'INVALID_FIELD' },
  { ...json('a field that is missing', '{"type":"subscribe","id":5}'), expect: 'INVALID_FIELD', id: 5 },
  { ...json('a field of another type', '{"type":"subscribe","id":5,"topic":7}'), expect: 'INVALID_FIELD', id: 5 },
  {
    ...json('null for an optional field', '{"type":"subscribe","id":5,"topic":"a","mode":null}'),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  { ...json('an id that cannot be answered', '{"type":"subscribe","id":-1,"topic":"a"}'), expect: 'INVALID_FIELD' },
  {
    ...json('an id beyond 2^53 - 1', '{"type":"subscribe","id":9007199254740992,"topic":"a"}'),
    expect: 'INVALID_FIELD',
  },
  {
    ...json('a topic with an empty token', '{"type":"subscribe","id":5,"topic":"a..b"}'),
    expect: 'INVALID_FIELD',
    id: 5,
  },
  { ...json('a topic with a wildcard', '{"type":"subscribe","id":5,"topic":"a.*"}'), expect: 'INVALID_FIELD', id: 5 },
  {
    ...json('a mode that is not known', '{"type":"subscribe","id":5,"topic":"a","mode":"fast"}'),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  {
    ...json('a position without a seqNo', '{"type":"subscribe","id":5,"topic":"a","from":{"epoch":"e"}}'),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  {
    ...json(
      'more of the newest messages than may be asked for',
      '{"type":"subscribe","id":5,"topic":"a","from":{"last":1001}}',
    ),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  {
    ...json('a rate below the lowest', '{"type":"modify","id":5,"topic":"a","maxRateHz":0.09}'),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  {
    ...json('a messageId with a space', '{"type":"publish","id":5,"topic":"a","messageId":"a b","payload":1}'),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  {
    ...json('no payload', '{"type":"publish","id":5,"topic":"a","messageId":"m"}'),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  {
    ...json('a payload with a number beyond 2^53 - 1', publish('[9007199254740992]')),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  { ...json('a payload with an infinite number', publish('1e999')), expect: 'INVALID_FIELD', id: 5 },
  { ...json('a payload with a lone surrogate', publish('"\\ud800"')), expect: 'INVALID_FIELD', id: 5 },
  { ...json('a payload with the key __proto__', publish('{"__proto__":1}')), expect: 'INVALID_FIELD', id: 5 },
  {
    ...json('a payload of 65 levels', publish('['.repeat(65) + ']'.repeat(65))),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  {
    ...json('a key with a lone surrogate', publish('1').replace('}', ',"key":"\\ud800"}')),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  {
    ...json(
      'data of presence with a lone surrogate',
      '{"type":"presence","id":5,"topic":"a","action":"enter","data":"\\ud800"}',
    ),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  { ...msgpack('no byte at all', ''), expect: 'MALFORMED_FRAME' },
  { ...msgpack('bytes that are cut', '93 02 05 a2 61'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('something after the frame', '92 14 05 c0'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('a map', '81 a474797065 a4706f6e67'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('the byte that stands for nothing', '92 14 c1'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('an array that claims more items than there are', 'dd ffffffff 14 05'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('a text that is not UTF-8', '93 02 05 a2 c328'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('a text that is not UTF-8, in an item that is not known', '93 14 05 a1 ff'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('a key that is not a string', '95 04 05 a161 a16d 81 01 01'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('the key __proto__', '95 04 05 a161 a16d 81 a95f5f70726f746f5f5f 01'), expect: 'MALFORMED_FRAME' },
  { ...msgpack('an array without a number', '90'), expect: 'UNKNOWN_TYPE' },
  { ...msgpack('a number that is not known', '92 63 05'), expect: 'UNKNOWN_TYPE' },
  { ...msgpack('a name for a number', '92 a4706f6e67 05'), expect: 'UNKNOWN_TYPE' },
  { ...msgpack('a frame of the gateway', '92 2c 05'), expect: 'UNKNOWN_TYPE' },
  { ...msgpack('another version', '92 01 02'), expect: 'VERSION_UNSUPPORTED' },
  { ...msgpack('a field that is missing', '92 02 05'), expect: 'INVALID_FIELD', id: 5 },
  { ...msgpack('nil for a field that is required', '93 02 05 c0'), expect: 'INVALID_FIELD', id: 5 },
  {
    ...msgpack('nil for an optional field inside a map', '96 02 05 a161 c0 82 a565706f6368 a165 a57365714e6f c0 c0'),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
  { ...msgpack('an id with a fraction', '93 02 cb4016000000000000 a161'), expect: 'INVALID_FIELD' },
  { ...msgpack('an id of 2^53', '93 02 cf0020000000000000 a161'), expect: 'INVALID_FIELD' },
  { ...msgpack('a topic as binary', '93 02 05 c40161'), expect: 'INVALID_FIELD', id: 5 },
  { ...msgpack('no payload', '94 04 05 a161 a16d'), expect: 'INVALID_FIELD', id: 5 },
  { ...msgpack('a binary payload', '95 04 05 a161 a16d c40100'), expect: 'INVALID_FIELD', id: 5 },
  { ...msgpack('a payload of an extension type', '95 04 05 a161 a16d d60500000000'), expect: 'INVALID_FIELD', id: 5 },
  { ...msgpack('a payload that is a timestamp', '95 04 05 a161 a16d d6ff00000001'), expect: 'INVALID_FIELD', id: 5 },
  {
    ...msgpack('a payload that is not a number', '95 04 05 a161 a16d cb7ff8000000000000'),
    expect: 'INVALID_FIELD',
    id: 5,
  },
  { ...msgpack('a payload of 2^64 - 1', '95 04 05 a161 a16d cfffffffffffffffff'), expect: 'INVALID_FIELD', id: 5 },
  { ...msgpack('a payload of 65 levels', `95 04 05 a161 a16d ${'91'.repeat(64)} 90`), expect: 'INVALID_FIELD', id: 5 },
  {
    ...msgpack('binary data of presence', '95 12 05 a161 a5656e746572 c40100'),
    ...{ expect: 'INVALID_FIELD', id: 5 },
  },
];

function publish(payload: string): string {
  return `{"type":"publish","id":5,"topic":"a","messageId":"m","payload":${payload}}`;
}
