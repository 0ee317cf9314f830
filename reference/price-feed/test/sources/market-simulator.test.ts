import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { SCALED_MAX } from '../../src/core/decimal.ts';
import { DEFAULT_INSTRUMENTS } from '../../src/core/default-instruments.ts';
import { PriceFeedError } from '../../src/core/errors.ts';
import { type Instrument, priceMaxOf } from '../../src/core/instrument.ts';
import { startTicksOf } from '../../src/core/sources/market-character.ts';
import {
  CATCH_UP_TICKS_MAX,
  MarketSimulator,
  type MarketSimulatorOptions,
} from '../../src/core/sources/market-simulator.ts';
import { SeededRandom } from '../../src/core/sources/seeded-random.ts';
import { SimulatedMarket } from '../../src/core/sources/simulated-market.ts';
import type { Tick } from '../../src/core/tick.ts';
import { RecordingSink } from './support/recording-sink.ts';

type Options = Partial<Omit<MarketSimulatorOptions, 'clock' | 'random'>>;

async function simulated(seed: number, ms: number, options: Options = {}, startAt?: number) {
  const clock = new ManualClock(startAt);
  const sink = new RecordingSink();
  const source = new MarketSimulator({ clock, random: new SeededRandom(seed), ...options });
  await source.start(sink);
  await clock.advance(ms);
  return { clock, sink, source };
}

function isPossible(tick: Tick, instrument: Instrument): boolean {
  const { bid = 0, ask = 0, last = 0 } = tick;
  const isPrice = (price: number) =>
    Number.isSafeInteger(price) && price > 0 && price <= priceMaxOf(instrument) && price % instrument.tickSize === 0;
  return bid <= ask && [bid, ask, last].every(isPrice);
}

describe('the market simulator', () => {
  it('tells the same ticks byte for byte for the same seed and clock', async () => {
    const first = await simulated(7, 30_000);
    const second = await simulated(7, 30_000);
    expect(first.sink.ticks.length).toBeGreaterThan(100);
    expect(JSON.stringify(second.sink.ticks)).toBe(JSON.stringify(first.sink.ticks));
    const other = await simulated(8, 30_000);
    expect(JSON.stringify(other.sink.ticks)).not.toBe(JSON.stringify(first.sink.ticks));
  });

  it('tells the same source times at another hour when it is told when it started', async () => {
    const startedAt = 1_650_000_000_000;
    const first = await simulated(7, 10_000, { startedAt }, 1_700_000_000_000);
    const second = await simulated(7, 10_000, { startedAt }, 1_700_000_123_456);
    expect(JSON.stringify(second.sink.ticks)).toBe(JSON.stringify(first.sink.ticks));
    expect(first.sink.ticks[0]?.sourceTime).toBe(startedAt);
  });

  it('tells all instruments first, and a tick of each at once', async () => {
    const { sink } = await simulated(1, 0);
    expect(sink.instruments).toEqual(DEFAULT_INSTRUMENTS);
    expect(sink.states).toEqual(['found']);
    expect(sink.ticks.map(({ instrument }) => instrument)).toEqual(DEFAULT_INSTRUMENTS.map(({ id }) => id));
  });

  it('keeps its rate on average, and has bursts in it', async () => {
    const { sink } = await simulated(3, 600_000);
    expect(sink.ticks.length).toBeGreaterThan(20 * 600 * 0.85);
    expect(sink.ticks.length).toBeLessThan(20 * 600 * 1.15);
    const of = sink.ticks.filter(({ instrument }) => instrument === 'BTCUSDT');
    const gaps = of.slice(1).map((tick, index) => tick.sourceTime - (of[index] as Tick).sourceTime);
    const quickInARow = gaps
      .map((_, index) => gaps.slice(index, index + 8))
      .filter((row) => row.every((ms) => ms < 160));
    expect(quickInARow.length).toBeGreaterThan(5);
  });

  it('moves calm markets little and burst markets more, with a wider spread', () => {
    const [instrument] = DEFAULT_INSTRUMENTS as [Instrument];
    const market = new SimulatedMarket(instrument, 2, new SeededRandom(5));
    const calm: number[] = [];
    const quick: number[] = [];
    for (let index = 0; index < 20_000; index++) {
      const { bid = 0, ask = 0 } = market.next(0, index);
      (market.gapUs() < 10_000 ? quick : calm).push(ask - bid);
    }
    const mean = (spreads: number[]) => spreads.reduce((sum, spread) => sum + spread, 0) / spreads.length;
    expect(mean(quick)).toBeGreaterThan(mean(calm) * 1.1);
  });

  it('moves every default instrument, keeps it near its start and lets last trade between bid and ask', () => {
    for (const instrument of DEFAULT_INSTRUMENTS) {
      const market = new SimulatedMarket(instrument, 2, new SeededRandom(11));
      const start = startTicksOf(instrument) * instrument.tickSize;
      const ticks = Array.from({ length: 30_000 }, (_, index) => market.next(0, index));
      expect(ticks.filter((tick) => !isPossible(tick, instrument))).toEqual([]);
      expect(ticks.filter(({ bid = 0 }) => Math.abs(bid - start) > start / 4)).toEqual([]);
      const prices = new Set(ticks.map(({ last }) => last));
      expect(prices.size, instrument.id).toBeGreaterThan(20);
    }
  });

  it('never tells a price that cannot be, whatever the instrument, and its numbers rise', async () => {
    const instruments = fc.record({
      id: fc.constantFrom('X', 'BTCUSDT', 'EURUSD'),
      decimals: fc.integer({ min: 0, max: 12 }),
      tickSize: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: SCALED_MAX })),
    });
    const rates = fc.constantFrom(0.1, 20, 10_000);
    await fc.assert(
      fc.asyncProperty(instruments, rates, fc.integer(), async (instrument, ticksPerSecond, seed) => {
        const ms = 100_000 / ticksPerSecond;
        const { sink } = await simulated(seed, ms, { instruments: [instrument], ticksPerSecond });
        expect(sink.ticks.length).toBeGreaterThan(0);
        expect(sink.ticks.filter((tick) => !isPossible(tick, instrument))).toEqual([]);
        const seqs = sink.ticks.map(({ sourceSeq }) => sourceSeq as number);
        expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] as number) + index));
        const times = sink.ticks.map(({ sourceTime }) => sourceTime);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
      { numRuns: runs(20) },
    );
  });

  it('goes on above the numbers of a run that began before', async () => {
    const first = await simulated(1, 60_000, { ticksPerSecond: 1_000 }, 1_700_000_000_000);
    const second = await simulated(1, 0, {}, 1_700_000_060_001);
    const largest = Math.max(...first.sink.ticks.map(({ sourceSeq }) => sourceSeq as number));
    expect(second.sink.ticks[0]?.sourceSeq).toBeGreaterThan(largest);
  });

  it('is lost when it is cut and found when it is restored, and the market has gone on meanwhile', async () => {
    const { clock, sink, source } = await simulated(2, 1_000);
    const whole = await simulated(2, 20_000);
    source.cut();
    source.cut();
    const before = sink.ticks.length;
    await clock.advance(9_000);
    expect(sink.ticks).toHaveLength(before);
    source.restore();
    source.restore();
    await clock.advance(10_000);
    expect(sink.states).toEqual(['found', 'lost: The simulated market was cut off.', 'found']);
    expect(sink.ticks.length).toBeGreaterThan(before);
    expect(whole.sink.ticks.slice(-(sink.ticks.length - before))).toEqual(sink.ticks.slice(before));
  });

  it('catches a short pause of the process up, and leaves out what is beyond a bound', async () => {
    const clock = new ManualClock();
    let now = clock.now();
    const jumping = { now: () => now, after: clock.after.bind(clock), soon: clock.soon.bind(clock) };
    const sink = new RecordingSink();
    const source = new MarketSimulator({ clock: jumping, random: new SeededRandom(1) });
    await source.start(sink);
    const before = sink.ticks.length;
    now += 8 * 3_600_000;
    await clock.advance(1_000);
    // And the one that is due now.
    expect(sink.ticks.length - before).toBe(CATCH_UP_TICKS_MAX + 1);
    expect(clock.timerCount).toBe(1);
    now += 100;
    await clock.advance(1_000);
    const newest = sink.ticks.at(-1) as Tick;
    expect(now - newest.sourceTime).toBeLessThan(10_000);
  });

  it('tells nothing more and leaves no timer after it is stopped, even by whoever gets a tick', async () => {
    const { clock, sink, source } = await simulated(1, 1_000);
    await source.stop();
    const before = sink.ticks.length;
    await clock.advance(10_000);
    expect(sink.ticks).toHaveLength(before);
    expect(clock.timerCount).toBe(0);

    const stopped = new MarketSimulator({ clock, random: new SeededRandom(1) });
    const stopping = new RecordingSink();
    stopping.tick = (tick) => {
      stopping.ticks.push(tick);
      void stopped.stop();
    };
    await stopped.start(stopping);
    await clock.advance(10_000);
    expect(stopping.ticks).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it('refuses rates and instruments that it cannot have, naming them', () => {
    const clock = new ManualClock();
    const made = (options: Options) => () => new MarketSimulator({ clock, random: new SeededRandom(1), ...options });
    const [btc] = DEFAULT_INSTRUMENTS as [Instrument];
    for (const ticksPerSecond of [0, -1, Number.NaN, 1e6]) expect(made({ ticksPerSecond })).toThrow(/ticksPerSecond/);
    expect(made({ instruments: [] })).toThrow(PriceFeedError);
    expect(made({ instruments: [btc, btc] })).toThrow(/each of them once/);
    expect(made({ instruments: [{ ...btc, tickSize: 0 }] })).toThrow(/tickSize of BTCUSDT/);
  });
});
