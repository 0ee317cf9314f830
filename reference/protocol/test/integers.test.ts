import { describe, expect, it } from 'vitest';
import { outcomeOf, refusalOf } from './support/outcome.ts';

/** subscribe with the id encoded as these bytes, and the topic `a`. */
function subscribeWithId(...id: number[]): Uint8Array {
  return Uint8Array.of(0x93, 0x02, ...id, 0xa1, 0x61);
}

describe('an integer may stand in any MessagePack form that holds its value (§3.2)', () => {
  it.each([
    ['positive fixint', 5, [0x05]],
    ['uint 8', 5, [0xcc, 5]],
    ['uint 16', 5, [0xcd, 0, 5]],
    ['uint 32', 5, [0xce, 0, 0, 0, 5]],
    ['uint 64', 5, [0xcf, 0, 0, 0, 0, 0, 0, 0, 5]],
    ['int 8', 5, [0xd0, 5]],
    ['int 16', 5, [0xd1, 0, 5]],
    ['int 32', 5, [0xd2, 0, 0, 0, 5]],
    ['int 64', 5, [0xd3, 0, 0, 0, 0, 0, 0, 0, 5]],
    ['float 32', 5, [0xca, 0x40, 0xa0, 0, 0]],
    ['float 64', 5, [0xcb, 0x40, 0x14, 0, 0, 0, 0, 0, 0]],
    ['2^53 - 1 as uint 64', Number.MAX_SAFE_INTEGER, [0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['2^53 - 1 as float 64', Number.MAX_SAFE_INTEGER, [0xcb, 0x43, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('%s', (_form, id, bytes) => {
    expect(outcomeOf('msgpack', subscribeWithId(...bytes), 'client')).toEqual({ type: 'subscribe', id, topic: 'a' });
  });

  it.each([
    ['2^53 as uint 64', [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0]],
    ['2^53 as float 64', [0xcb, 0x43, 0x40, 0, 0, 0, 0, 0, 0]],
    ['-1', [0xff]],
    ['-1 as int 64', [0xd3, 255, 255, 255, 255, 255, 255, 255, 255]],
    ['5.5', [0xcb, 0x40, 0x16, 0, 0, 0, 0, 0, 0]],
    ['NaN', [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]],
    ['infinity', [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]],
    ['nil', [0xc0]],
    ['true', [0xc3]],
    ['the text 5', [0xa1, 0x35]],
  ])('an id of %s is refused, and the error does not repeat it', (_form, bytes) => {
    expect(refusalOf('msgpack', subscribeWithId(...bytes))).toMatchObject({ code: 'INVALID_FIELD', id: undefined });
  });

  it("the frame's own number may be a uint 64, too", () => {
    const bytes = Uint8Array.of(0x92, 0xcf, 0, 0, 0, 0, 0, 0, 0, 20, 0x01);
    expect(outcomeOf('msgpack', bytes, 'client')).toEqual({ type: 'pong', time: 1 });
  });

  it.each(['9007199254740992', '-1', '1.5', '"1"', 'null', 'true', '1e999'])(
    'an id of %s in JSON is refused, and the error does not repeat it',
    (id) => {
      const refusal = refusalOf('json', `{"type":"subscribe","id":${id},"topic":"a"}`);
      expect(refusal).toMatchObject({ code: 'INVALID_FIELD', id: undefined });
    },
  );
});
