import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, LIMITS, type Limits, limitsWith } from '../src/index.ts';

describe('the defaults of the bounds (§8)', () => {
  it.each<[keyof Limits, keyof Limits]>([
    ['frameBytesMax', 'frameBytesReadMax'],
    ['frameBytesMax', 'batchBytesMax'],
    ['frameBytesMax', 'ringBytesMax'],
    ['frameBytesMax', 'sendBufferBytesMax'],
    ['frameBytesMax', 'historyBytesMax'],
    ['batchBytesMax', 'sendBufferBytesMax'],
    ['batchBytesMax', 'ringBytesMax'],
    ['ringBytesMax', 'historyBytesMax'],
    ['ringLengthMax', 'historyLengthMax'],
    ['pongTimeoutMs', 'heartbeatMs'],
    ['topicsPerConnectionMax', 'topicsMax'],
    ['replaysPerConnectionMax', 'topicsPerConnectionMax'],
    ['readsPerConnectionMax', 'topicsPerConnectionMax'],
    ['presencesPerSessionMax', 'topicsPerConnectionMax'],
    ['unacknowledgedPublishesMax', 'dedupEntriesPerPublisherMax'],
    ['unacknowledgedPublishesMax', 'framesPerSecondMax'],
    ['dedupEntriesPerPublisherMax', 'dedupEntriesMax'],
    ['presenceGraceMs', 'sessionLifetimeMs'],
    ['presenceGraceMs', 'gatewayLivenessMs'],
    ['gatewayLivenessMs', 'dedupWindowMs'],
    ['dedupWindowMs', 'sessionLifetimeMs'],
    ['setupDeadlineMs', 'presenceGraceMs'],
    ['headIntervalMs', 'heartbeatMs'],
    ['accessRecheckMs', 'headIntervalMs'],
    ['latencyObjectiveMs', 'headIntervalMs'],
  ])('%s fits into %s', (smaller, larger) => {
    expect(DEFAULT_LIMITS[smaller]).toBeLessThanOrEqual(DEFAULT_LIMITS[larger]);
  });

  it('a frame that is too large is still read, so that its answer can be FRAME_TOO_LARGE', () => {
    expect(DEFAULT_LIMITS.frameBytesMax).toBeLessThan(DEFAULT_LIMITS.frameBytesReadMax);
  });

  it.each(Object.entries(LIMITS))(
    '%s is a positive integer and says what happens when it is reached',
    (_name, info) => {
      expect(Number.isSafeInteger(info.defaultValue) && info.defaultValue > 0).toBe(true);
      expect(info.atBound).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('cannot be changed in place', () => {
    expect(Object.isFrozen(DEFAULT_LIMITS)).toBe(true);
  });
});

describe('bounds that an operator changes (§8)', () => {
  it.each<[Partial<Limits>, string]>([
    [{ frameBytesMax: 70_000, frameBytesReadMax: 69_999 }, 'frameBytesMax must not be greater than frameBytesReadMax.'],
    [
      { frameBytesMax: 1_000, batchBytesMax: 1_000, sendBufferBytesMax: 6_999 },
      'sendBufferBytesMax must hold one batch: batchBytesMax and six times frameBytesMax.',
    ],
  ])('%o fight each other and are refused by name', (changes, message) => {
    expect(() => limitsWith(changes)).toThrow(new RangeError(message));
  });

  it.each<Partial<Limits>>([
    { frameBytesMax: 70_000, frameBytesReadMax: 70_000 },
    { frameBytesMax: 1_000, batchBytesMax: 1_000, sendBufferBytesMax: 7_000 },
  ])('%o just fit', (changes) => {
    expect(limitsWith(changes)).toMatchObject(changes);
  });

  it('may make a whole smaller than its part, because the whole is then reached first', () => {
    const { dedupEntriesPerPublisherMax } = DEFAULT_LIMITS;
    expect(limitsWith({ dedupEntriesMax: 5 })).toMatchObject({ dedupEntriesMax: 5, dedupEntriesPerPublisherMax });
    expect(limitsWith({ topicsMax: 1, presenceGraceMs: 2_000_000_000 })).toMatchObject({ topicsMax: 1 });
  });

  it.each(Object.keys(LIMITS))(
    '%s may be set alone to the least value, unless the message says what fights it',
    (name) => {
      const least = () => limitsWith({ [name]: 1 });
      if (['frameBytesReadMax', 'sendBufferBytesMax'].includes(name)) expect(least).toThrow(name);
      else expect(least()).toEqual({ ...DEFAULT_LIMITS, [name]: 1 });
    },
  );
});

describe('limitsWith (§8)', () => {
  it('replaces what is named and keeps the rest', () => {
    expect(limitsWith({ heartbeatMs: 5 })).toEqual({ ...DEFAULT_LIMITS, heartbeatMs: 5 });
    expect(limitsWith({})).toEqual(DEFAULT_LIMITS);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53, '5', null, undefined])(
    'refuses %o as a value and names the bound',
    (value) => {
      expect(() => limitsWith({ heartbeatMs: value as never })).toThrow(
        new RangeError('heartbeatMs must be a whole number from 1 to 2147483647.'),
      );
    },
  );

  it.each(['heartbeat', 'HeartbeatMs', ''])('refuses the name %j', (name) => {
    expect(() => limitsWith({ [name]: 5 } as never)).toThrow(new RangeError(`There is no limit named ${name}.`));
  });

  it.each(['toString', 'constructor', '__proto__'])('refuses %s, which every object has', (name) => {
    const changes = Object.fromEntries([[name, 5]]);
    expect(() => limitsWith(changes as never)).toThrow(RangeError);
  });
});
