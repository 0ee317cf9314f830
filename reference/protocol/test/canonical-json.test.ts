import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { canonicalJson } from '../src/canonical-json.ts';
import { PAYLOAD_DEPTH_MAX } from '../src/payload.ts';
import { payload } from './support/arbitraries.ts';
import { reordered } from './support/reordered.ts';

function double(bits: string): number {
  return Buffer.from(bits, 'hex').readDoubleBE();
}

describe('canonical JSON is what RFC 8785 says (I7)', () => {
  it('§3.2.2: numbers, strings and literals', () => {
    const source = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalJson(JSON.parse(source))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('§3.2.3: keys sort by UTF-16 code units, not by code points and not as numbers', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
    expect(canonicalJson({ 9: 0, 10: 0, '': 0, a: 0, A: 0 })).toBe('{"":0,"10":0,"9":0,"A":0,"a":0}');
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('appendix B: the double %s is %s', (bits, text) => {
    expect(canonicalJson(double(bits))).toBe(text);
    expect(canonicalJson([double(bits)])).toBe(`[${text}]`);
  });

  it('means the value that it was made of', () => {
    fc.assert(
      fc.property(payload, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
      { numRuns: runs(200) },
    );
  });

  it('is the same for the same value, whatever the order of its keys', () => {
    fc.assert(
      fc.property(payload, fc.nat({ max: 5 }), (value, rotation) => {
        expect(canonicalJson(reordered(value, rotation))).toBe(canonicalJson(value));
      }),
      { numRuns: runs(200) },
    );
    expect(JSON.stringify(reordered({ a: 1, b: { c: 2, d: 3 } }, 0))).toBe('{"b":{"d":3,"c":2},"a":1}');
  });

  it('refuses a depth that no publisher could send with a TypeError, and takes all that one could', () => {
    const nested = (depth: number) => {
      let value: unknown = 1;
      for (let level = 0; level < depth; level++) value = [value];
      return value as [];
    };
    expect(canonicalJson(nested(PAYLOAD_DEPTH_MAX))).toHaveLength(2 * PAYLOAD_DEPTH_MAX + 1);
    expect(() => canonicalJson(nested(1_000_000))).toThrow(TypeError);
  });

  it.each([
    ['NaN', Number.NaN, 'NaN'],
    ['an infinity', [Number.POSITIVE_INFINITY], 'Infinity'],
    ['a lone surrogate', { a: '\ud800' }, 'surrogate'],
    ['a key with a lone surrogate', { '\udfff': 1 }, 'surrogate'],
    ['nothing', undefined, 'undefined'],
    ['a bigint', [1n], 'BigInt'],
  ])('does not exist for %s, and the error says so', (_title, value, reason) => {
    expect(() => canonicalJson(value as never)).toThrow(TypeError);
    expect(() => canonicalJson(value as never)).toThrow(reason);
  });
});
