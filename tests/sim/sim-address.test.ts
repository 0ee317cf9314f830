import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULT_CHOICES } from '../../.vitepress/theme/sim/faults.ts';
import { addressOf, parseAddress } from '../../.vitepress/theme/sim/sim-address.ts';
import {
  FAULT_PERCENT_MAX,
  FIRST_WORLD,
  HAND_MADE_MAX,
  NUMBER_NAMES,
  NUMBERS,
  PROFILE_CHOICES,
  SEED_MAX,
  type World,
} from '../../.vitepress/theme/sim/world.ts';
import { runs } from '../support/runs.ts';

const node = fc.constantFrom('client-1', 'client-12', 'gateway-3', 'engine', 'intruder-1');
const moment = fc.nat({ max: 600_000 }).map((ms) => ms / 2);

const fault = fc.record(
  {
    name: fc.constantFrom(...FAULT_CHOICES),
    atMs: moment,
    forMs: fc.nat({ max: 60_000 }),
    nodes: fc.array(node, { minLength: 1, maxLength: 2 }),
    topic: fc.constantFrom('prices.eurusd', 'orders.new', 'a:b@c~d'),
    count: fc.nat({ max: 999 }),
  },
  { requiredKeys: ['name', 'atMs', 'forMs', 'nodes'] },
);

const numbers = fc.record(
  Object.fromEntries(
    NUMBER_NAMES.map((name) => [name, fc.integer({ min: NUMBERS[name].min, max: NUMBERS[name].max })]),
  ),
  { requiredKeys: [] },
);

const world = fc.record(
  {
    seed: fc.nat({ max: SEED_MAX }),
    profile: fc.constantFrom(...PROFILE_CHOICES),
    numbers,
    faultPercent: fc.nat({ max: FAULT_PERCENT_MAX }),
    mutant: fc.constantFrom('anchor-skipped', 'late-untold'),
    handMade: fc.array(fault, { maxLength: 6 }),
  },
  { requiredKeys: ['seed', 'profile', 'numbers', 'faultPercent', 'handMade'] },
) as fc.Arbitrary<World>;

describe('the address of a world', () => {
  it('gives back every world, with the faults made by hand and the moment, also when it was percent-encoded', () => {
    fc.assert(
      fc.property(world, moment, (written, atMs) => {
        const address = addressOf(written, atMs);
        expect(parseAddress(address)).toEqual({ world: written, atMs, problems: [] });
        expect(parseAddress(`#sim=${encodeURIComponent(address.slice(5))}`)).toEqual(parseAddress(address));
      }),
      { numRuns: runs(300) },
    );
  });

  it('is made of characters that no chat program changes', () => {
    fc.assert(
      fc.property(world, moment, (written, atMs) => {
        expect(addressOf(written, atMs)).toMatch(/^#sim=[A-Za-z0-9.,:@~=+/_-]*$/);
      }),
      { numRuns: runs(100) },
    );
  });

  it('can be read by a person', () => {
    const cut = { name: 'cut', atMs: 12_345.5, forMs: 0, nodes: ['client-3'] } as const;
    const apart = { name: 'partition', atMs: 13_000, forMs: 3_000, nodes: ['gateway-1', 'engine'] } as const;
    const burst = { name: 'burst', atMs: 1, forMs: 0, nodes: ['client-1'], topic: 'orders.new', count: 60 } as const;
    const seen: World = {
      seed: 42,
      profile: 'calm',
      numbers: { delayMs: 60 },
      faultPercent: 0,
      mutant: 'anchor-skipped',
      handMade: [cut, apart, burst],
    };
    expect(addressOf(seen, 15_000)).toBe(
      '#sim=seed.42/profile.calm/delay.60/faults.0/mutant.anchor-skipped/fault.cut@12345.5,client-3/' +
        'fault.partition@13000+3000,gateway-1,engine/fault.burst@1,client-1,topic=orders.new,count=60/at.15000',
    );
  });

  it('is left alone when it names a heading, or nothing', () => {
    expect(parseAddress('')).toBeUndefined();
    expect(parseAddress('#faults')).toBeUndefined();
  });

  it.each([
    ['seed.x', { why: 'no-number', part: 'seed.x' }],
    ['seed.4.5', { why: 'no-number', part: 'seed.4.5' }],
    ['seed.4294967296', { why: 'out-of-range', part: 'seed.4294967296', min: 0, max: SEED_MAX }],
    ['gateways.0', { why: 'out-of-range', part: 'gateways.0', min: 1, max: 4 }],
    ['delay', { why: 'no-number', part: 'delay' }],
    ['profile.wild', { why: 'unknown', part: 'profile.wild' }],
    ['colour.red', { why: 'unknown', part: 'colour.red' }],
    ['mutant.<b>', { why: 'unknown', part: 'mutant.<b>' }],
    ['fault.melt@1,client-1', { why: 'no-fault', part: 'fault.melt@1,client-1' }],
    ['fault.toString@1,client-1', { why: 'no-fault', part: 'fault.toString@1,client-1' }],
    ['fault.cut@soon,client-1', { why: 'no-fault', part: 'fault.cut@soon,client-1' }],
    ['fault.cut@1', { why: 'no-fault', part: 'fault.cut@1' }],
    ['fault.cut@1,<b>', { why: 'no-fault', part: 'fault.cut@1,<b>' }],
    ['fault.burst@1,client-1,count=many', { why: 'no-fault', part: 'fault.burst@1,client-1,count=many' }],
  ])('names %s as what is wrong, and reads the rest', (part, problem) => {
    const parsed = parseAddress(`#sim=${part}/jitter.7/at.5`);
    expect(parsed?.problems).toEqual([problem]);
    expect(parsed?.world).toMatchObject({ seed: FIRST_WORLD.seed, numbers: { jitterMs: 7 }, handMade: [] });
    expect(parsed?.atMs).toBe(5);
  });

  it('reads a damaged and an overlong address as far as it goes', () => {
    expect(parseAddress('#sim=seed.7/%E0%A4%A')).toMatchObject({
      world: { seed: 7 },
      problems: [{ why: 'unreadable' }, { why: 'unknown' }],
    });
    const long = parseAddress(`#sim=seed.7/${'/'.repeat(10_000)}delay.3`);
    expect(long).toMatchObject({ world: { seed: 7, numbers: {} }, problems: [{ why: 'too-long' }] });
  });

  it('takes no more faults than a page does', () => {
    const faults = Array.from({ length: HAND_MADE_MAX + 2 }, (_, index) => `fault.cut@${index},client-1`).join('/');
    const parsed = parseAddress(`#sim=${faults}`);
    expect(parsed?.world.handMade).toHaveLength(HAND_MADE_MAX);
    expect(parsed?.problems.map(({ why }) => why)).toEqual(['too-many', 'too-many']);
  });

  it('never throws, whatever is written', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseAddress(`#sim=${text}`)?.world.profile).toBeTypeOf('string');
      }),
      { numRuns: runs(500) },
    );
  });
});
