import { describe, expect, it } from 'vitest';
import { randomId } from '../src/index.ts';
import { systemClock, systemRandom } from '../src/node/index.ts';
import { seededRandom } from './support/seeded-random.ts';

describe('randomId', () => {
  it.each([0, 1, 5, 6, 7, 12, 20, 26])('has %i characters of Crockford base 32', (length) => {
    expect(randomId(seededRandom(1), length)).toMatch(new RegExp(`^[0-9a-hjkmnp-tv-z]{${length}}$`));
  });

  it('is the same for the same seed and differs between seeds', () => {
    expect(randomId(seededRandom(5), 20)).toBe(randomId(seededRandom(5), 20));
    expect(randomId(seededRandom(5), 20)).not.toBe(randomId(seededRandom(6), 20));
  });

  it('uses all 32 characters at every place', () => {
    const random = seededRandom(3);
    const seen = Array.from({ length: 7 }, () => new Set<string>());
    for (let run = 0; run < 1_000; run++) {
      for (const [place, character] of [...randomId(random, 7)].entries()) seen[place]?.add(character);
    }
    expect(seen.map(({ size }) => size)).toEqual([32, 32, 32, 32, 32, 32, 32]);
  });
});

describe("a process's own ports", () => {
  it('systemRandom gives unsigned 32-bit integers that do not repeat', () => {
    const numbers = Array.from({ length: 1_000 }, () => systemRandom.uint32());
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(990);
  });

  it('systemClock stands at the present and never goes back', () => {
    const before = systemClock.now();
    expect(Math.abs(before - Date.now())).toBeLessThan(60_000);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  });

  it('soon runs after the promises of this turn', async () => {
    const order: string[] = [];
    const done = new Promise<void>((resolve) =>
      systemClock.soon(() => {
        order.push('soon');
        resolve();
      }),
    );
    await Promise.resolve().then(() => order.push('promise'));
    await done;
    expect(order).toEqual(['promise', 'soon']);
  });

  it('a cancelled timer does not fire', async () => {
    let fired = false;
    systemClock.after(0, () => (fired = true)).cancel();
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    expect(fired).toBe(false);
  });
});
