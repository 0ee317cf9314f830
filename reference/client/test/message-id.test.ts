import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { newMessageId } from '../src/index.ts';

describe('newMessageId', () => {
  it('is a ULID: 26 characters of Crockford base 32', () => {
    const random = seededRandom(1);
    for (const time of [0, 1, 1_469_918_176_385, 1_700_000_000_000.75, 2 ** 48 - 1]) {
      expect(newMessageId(new ManualClock(time), random)).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    }
  });

  it('begins with its time, as the ULID specification writes it', () => {
    const at = (time: number) => newMessageId(new ManualClock(time), seededRandom(1)).slice(0, 10);
    expect(at(1_469_918_176_385)).toBe('01ARYZ6S41');
    expect(at(0)).toBe('0000000000');
    expect(at(2 ** 48 - 1)).toBe('7ZZZZZZZZZ');
  });

  it('sorts by age', async () => {
    const clock = new ManualClock();
    const random = seededRandom(1);
    const made: string[] = [];
    for (let at = 0; at < 200; at++) {
      made.push(newMessageId(clock, random));
      await clock.advance(1 + (random.uint32() % 100_000));
    }
    expect(made.toSorted()).toEqual(made);
  });

  it('does not repeat within one millisecond', () => {
    const clock = new ManualClock();
    const random = seededRandom(1);
    expect(new Set(Array.from({ length: 10_000 }, () => newMessageId(clock, random))).size).toBe(10_000);
  });
});
