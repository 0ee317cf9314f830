import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { codecFor, ENCODINGS, FRAMES, type FrameBody, type FrameSpec } from '../src/index.ts';
import { frameOf, sample } from './support/arbitraries.ts';
import { packr } from './support/oracle.ts';
import { outcomeOf, refusalOf } from './support/outcome.ts';

const every: FrameSpec[] = [...FRAMES];

describe.each(ENCODINGS)('input that is not whole, in %s (§3.2)', (encoding) => {
  it.each(every)('$name cut at any byte is MALFORMED_FRAME', ({ name, direction }) => {
    const body = codecFor(encoding).encode(sample(name as never, encoding));
    for (let end = 0; end < body.length; end++) {
      expect(refusalOf(encoding, body.slice(0, end), direction).code, `cut at ${end}`).toBe('MALFORMED_FRAME');
    }
  });

  it('a frame with something after it is MALFORMED_FRAME', () => {
    const body = codecFor(encoding).encode({ type: 'pong', time: 1 });
    const longer: FrameBody = typeof body === 'string' ? `${body}{` : Uint8Array.of(...body, 0xc0);
    expect(refusalOf(encoding, longer).code).toBe('MALFORMED_FRAME');
  });

  it('the other encoding is MALFORMED_FRAME', () => {
    const other = codecFor(encoding === 'json' ? 'msgpack' : 'json').encode({ type: 'pong', time: 1 });
    expect(refusalOf(encoding, other).code).toBe('MALFORMED_FRAME');
  });

  it('a frame after a malformed one is decoded as ever', () => {
    refusalOf(encoding, encoding === 'json' ? '{"type":' : Uint8Array.of(0x95, 0x04, 0x93));
    const pong = { type: 'pong', time: 1 } as const;
    expect(codecFor(encoding).decode(codecFor(encoding).encode(pong), 'client')).toEqual(pong);
  });
});

describe('what is well formed but no frame', () => {
  it.each(['null', '1', '"setup"', '[]', '[1,1]', 'true'])('JSON %s is MALFORMED_FRAME', (body) => {
    expect(refusalOf('json', body).code).toBe('MALFORMED_FRAME');
  });

  it.each([[null], [1], ['setup'], [{}], [{ type: 'pong', time: 1 }], [true]])(
    'MessagePack %j is MALFORMED_FRAME',
    (value) => {
      expect(refusalOf('msgpack', packr.pack(value)).code).toBe('MALFORMED_FRAME');
    },
  );

  it.each(['{}', '{"type":"nope"}', '{"type":7}', '{"type":"__proto__"}', '{"type":null}'])(
    'JSON %s is UNKNOWN_TYPE',
    (body) => {
      expect(refusalOf('json', body).code).toBe('UNKNOWN_TYPE');
    },
  );

  it.each([[[]], [[0]], [[99]], [['pong', 1]], [[null]], [[[20], 1]]])('MessagePack %j is UNKNOWN_TYPE', (items) => {
    expect(refusalOf('msgpack', packr.pack(items)).code).toBe('UNKNOWN_TYPE');
  });

  it.each(every)('$name from the wrong side is UNKNOWN_TYPE', ({ name, direction }) => {
    for (const encoding of ENCODINGS) {
      const body = codecFor(encoding).encode(sample(name as never, encoding));
      expect(refusalOf(encoding, body, direction === 'client' ? 'gateway' : 'client').code).toBe('UNKNOWN_TYPE');
    }
  });
});

describe('bytes of any kind (§3.2)', () => {
  it('are a frame or a ProtocolError, never another exception: random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('client', 'gateway'), (bytes, from) => {
        outcomeOf('msgpack', bytes, from);
      }),
      { numRuns: runs(3_000) },
    );
  });

  it('are a frame or a ProtocolError, never another exception: random text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (body) => {
        outcomeOf('json', body, 'client');
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('are a frame or a ProtocolError, never another exception: a frame with bytes changed', () => {
    const frame = fc
      .constantFrom(...every)
      .chain(({ name, direction }) =>
        frameOf(name as never, 'msgpack').map((valid) => ({ bytes: codecFor('msgpack').encode(valid), direction })),
      );
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    // Claims of huge arrays have a test of their own below; here they would only cost time.
    const claims = (bytes: Uint8Array) => bytes.some((byte) => byte === 0xdc || byte === 0xdd);
    fc.assert(
      fc.property(frame, fc.array(change, { minLength: 1, maxLength: 4 }), ({ bytes, direction }, changes) => {
        const changed = Uint8Array.from(bytes as Uint8Array);
        for (const [at, value] of changes) changed[at % changed.length] = value;
        fc.pre(!claims(changed));
        outcomeOf('msgpack', changed, direction);
      }),
      { numRuns: runs(2_000) },
    );
  });
});

describe('nesting beyond all bounds', () => {
  const deep = 30_000;

  it.each([
    [
      'payload',
      `{"type":"publish","id":1,"topic":"a","messageId":"m","payload":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    ],
    ['topics', `{"type":"setup","protocol":1,"topics":${'['.repeat(deep)}${']'.repeat(deep)}}`],
    ['an unknown field', `{"type":"nope","x":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`],
  ])('in %s of a JSON frame is a ProtocolError', (_place, body) => {
    expect(['INVALID_FIELD', 'UNKNOWN_TYPE']).toContain(refusalOf('json', body).code);
  });

  it.each([
    ['arrays', 0x91],
    ['maps', 0x81],
  ])('in MessagePack %s is a ProtocolError', (_kind, byte) => {
    const publish = Uint8Array.of(0x95, 4, 1, 0xa1, 0x61, 0xa1, 0x6d);
    const step = byte === 0x91 ? [0x91] : [0x81, 0xa1, 0x6b];
    const nest = Array.from({ length: deep }, () => step).flat();
    expect(refusalOf('msgpack', Uint8Array.of(...publish, ...nest, 0xc0))).toMatchObject({
      code: 'INVALID_FIELD',
      id: 1,
    });
  });
});

describe('a frame cannot ask for more memory than it is worth', () => {
  it('arrays that claim more items than there are bytes are refused before room is made for them', async () => {
    const script = fileURLToPath(new URL('./support/decode-hostile.ts', import.meta.url));
    const run = promisify(execFile)(process.execPath, ['--max-old-space-size=128', '--import', 'tsx', script]);
    const { stdout } = await run.catch((error) => ({ stdout: `died: ${String(error.stderr).match(/FATAL.*/)?.[0]}` }));
    expect(stdout.trim().split('\n')).toEqual(['few large arrays: MALFORMED_FRAME', 'many arrays: MALFORMED_FRAME']);
  });
});
