import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import {
  codecFor,
  type Direction,
  ENCODINGS,
  type Encoding,
  FRAMES,
  type FrameBody,
  type FrameSpec,
  ProtocolError,
} from '../src/index.ts';
import { frameOf, sample } from './support/arbitraries.ts';
import { packr } from './support/msgpackr.ts';
import { damaged, diceOf } from './support/mutation.ts';
import { outcomeOf, refusalOf } from './support/outcome.ts';

const every: FrameSpec[] = [...FRAMES];

describe.each(ENCODINGS)('input that is not whole, in %s (§3.2)', (encoding) => {
  it.each(every)('$name cut at any byte is MALFORMED_FRAME', ({ name, direction }) => {
    const body = codecFor(encoding).encode(sample(name as never, encoding));
    for (let end = 0; end < body.length; end++) {
      expect(refusalOf(encoding, body.slice(0, end), direction).code, `cut at ${end}`).toBe('MALFORMED_FRAME');
    }
  });

  it('any frame cut at any byte is MALFORMED_FRAME', () => {
    const cut = fc.tuple(anyFrame(encoding), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
    fc.assert(
      fc.property(cut, ([{ body, direction }, part]) => {
        const end = Math.floor(part * body.length);
        expect(refusalOf(encoding, body.slice(0, end), direction).code).toBe('MALFORMED_FRAME');
      }),
      { numRuns: runs(500) },
    );
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

  it.each([
    ['msgpack', 20_000],
    ['json', 5_000],
  ] as const)('are a frame or a ProtocolError that says why: damaged frames, in %s', (encoding, count) => {
    const whole = samples(encoding);
    const round = 100;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const dice = diceOf(seed);
        for (let turn = 0; turn < round; turn++) {
          const { body, direction } = whole[dice(whole.length)] as Sample;
          const changed = damaged(body, dice);
          if (!isAnswered(encoding, changed, direction)) throw new Error(`${direction}: ${written(changed)}`);
        }
      }),
      { numRuns: runs(count / round) },
    );
  });
});

describe('the largest frames that are decoded, made to be slow', () => {
  const size = 65_000;
  const filled = (text: string) => text.repeat(Math.floor(size / text.length));
  const subscribe = (fields: object) => JSON.stringify({ type: 'subscribe', id: 1, topic: 'a', ...fields });
  const bodies: readonly (readonly [string, FrameBody])[] = [
    ['a topic that is wrong at its end', subscribe({ topic: `${filled('a.')}!` })],
    ['a messageId without end', subscribe({ from: { epoch: 'e', seqNo: 1, messageId: filled('x') } })],
    ['a key of combining marks', publishOf({ key: `a${filled('\u0301')}` })],
    ['a token of surrogate pairs', JSON.stringify({ type: 'setup', protocol: 1, token: filled('😀') })],
    ['topics without end', JSON.stringify({ type: 'setup', protocol: 1, topics: Array(size / 4).fill('') })],
    ['arrays inside each other', subscribe({}).replace('}', `,"from":${filled('[')}${filled(']')}}`)],
    ['subscriptions that are all wrong', resumeOf(Array(5_000).fill({ topic: 'a', from: {} }))],
    ['forms of one byte', Uint8Array.of(0xdc, size >> 8, size & 0xff, ...new Uint8Array(size))],
    ['empty maps', packr.pack([4, 1, 'a', 'm', 1, Array(size).fill({})])],
  ];

  it.each(bodies)('%s: a ProtocolError', (_title, body) => {
    expect(refusalOf(typeof body === 'string' ? 'json' : 'msgpack', body)).toBeInstanceOf(ProtocolError);
  });

  it.each([
    ['JSON', publishOf(Object.fromEntries(Array.from({ length: 8_000 }, (_, at) => [`x${at}`, 1])))],
    ['MessagePack', packr.pack([4, 1, 'a', 'm', 1, ...Array(size).fill(1)].toSpliced(5, 7, ...Array(7).fill(null)))],
  ] as const)('%s with fields that are not known: a frame of those that are', (_title, body) => {
    const outcome = outcomeOf(typeof body === 'string' ? 'json' : 'msgpack', body, 'client');
    expect(outcome).toEqual({ type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: 1 });
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
  it('containers that claim more items than there are bytes are refused before room is made for them', async () => {
    const script = fileURLToPath(new URL('./support/decode-hostile.ts', import.meta.url));
    const run = promisify(execFile)(process.execPath, ['--max-old-space-size=128', '--import', 'tsx', script]);
    const { stdout } = await run.catch((error) => ({ stdout: `died: ${String(error.stderr).match(/FATAL.*/)?.[0]}` }));
    expect(stdout.trim().split('\n')).toEqual([
      'few large arrays: MALFORMED_FRAME',
      'many arrays: MALFORMED_FRAME',
      'few large maps: MALFORMED_FRAME',
      'many empty maps: accepted',
    ]);
  });
});

function anyFrame(encoding: Encoding) {
  const codec = codecFor(encoding);
  return fc
    .constantFrom(...every)
    .chain(({ name, direction }) =>
      frameOf(name as never, encoding).map((frame) => ({ body: codec.encode(frame), direction })),
    );
}

interface Sample {
  readonly body: FrameBody;
  readonly direction: Direction;
}

/** Bodies of every frame, made once, because making a frame takes longer than damaging it. */
function samples(encoding: Encoding): Sample[] {
  return every.flatMap(({ name, direction }) =>
    fc
      .sample(frameOf(name as never, encoding), { seed: 11, numRuns: 20 })
      .map((frame) => ({ body: codecFor(encoding).encode(frame), direction })),
  );
}

/** Whether a body gives a frame, or a refusal whose message names what is wrong. */
function isAnswered(encoding: Encoding, body: FrameBody, direction: Direction): boolean {
  try {
    const outcome = outcomeOf(encoding, body, direction);
    return !(outcome instanceof ProtocolError && outcome.message.includes('a field is not valid'));
  } catch {
    return false;
  }
}

function written(body: FrameBody): string {
  return typeof body === 'string' ? JSON.stringify(body) : Buffer.from(body).toString('hex');
}

function publishOf(fields: object): string {
  return JSON.stringify({ type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: 1, ...fields });
}

function resumeOf(subscriptions: readonly object[]): string {
  return JSON.stringify({ type: 'resume', id: 1, sessionId: 's', resumeKey: 'k', subscriptions });
}
