import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { HISTOGRAM_BYTES, LatencyHistogram, LatencyMonitor } from '../src/core/latency.ts';

const FROM_MS = 0.01;
const TO_MS = 3_600_000;
const ERROR_MAX = 0.05;
const QUANTILES = [0, 0.01, 0.1, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

/** Times of every magnitude of the range: as many below a millisecond as above a minute. */
const timeMs = fc
  .double({ min: Math.log(FROM_MS), max: Math.log(TO_MS), noNaN: true })
  .map((exponent) => Math.min(TO_MS, Math.max(FROM_MS, Math.exp(exponent))));

const times = (maxLength: number) => fc.array(timeMs, { minLength: 1, maxLength });

function histogramOf(samples: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of samples) histogram.record(ms);
  return histogram;
}

/** The slow, obvious way: sort all of them and take the one at the nearest rank. */
function exactQuantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] as number;
}

function expectClose(measured: number, exact: number): void {
  expect(Math.abs(measured - exact) / exact).toBeLessThanOrEqual(ERROR_MAX);
}

/** `count` times one after the other, without recording each. */
function manyTimes(ms: number, doublings: number): LatencyHistogram {
  const histogram = histogramOf([ms]);
  for (let at = 0; at < doublings; at++) {
    const same = new LatencyHistogram();
    same.merge(histogram);
    histogram.merge(same);
  }
  return histogram;
}

describe('a latency histogram (I5)', () => {
  it('has every quantile of any times from 0.01 ms to 1 h right to within 5 %', () => {
    fc.assert(
      fc.property(times(400), fc.double({ min: 0, max: 1, noNaN: true }), (samples, anyQ) => {
        const histogram = histogramOf(samples);
        for (const q of [...QUANTILES, anyQ]) expectClose(histogram.quantile(q), exactQuantile(samples, q));
      }),
      { numRuns: runs(200) },
    );
  });

  it('is right at both ends of every bucket', () => {
    for (let ms = FROM_MS; ms <= TO_MS; ms *= 1.004) expectClose(histogramOf([ms, TO_MS]).quantile(0.5), ms);
    expectClose(histogramOf([TO_MS, TO_MS]).quantile(0.5), TO_MS);
  });

  it('has quantiles that never fall as q rises, and none above the maximum, which is exact', () => {
    fc.assert(
      fc.property(times(100), (samples) => {
        const histogram = histogramOf(samples);
        const found = QUANTILES.map((q) => histogram.quantile(q));
        expect(found).toEqual([...found].sort((one, other) => one - other));
        expect(histogram.max).toBe(Math.max(...samples));
        expect(histogram.quantile(1)).toBe(histogram.max);
        expect(histogram.count).toBe(samples.length);
      }),
      { numRuns: runs(100) },
    );
  });

  it('merges to what it would be if it had recorded everything itself', () => {
    fc.assert(
      fc.property(times(100), times(100), (one, other) => {
        const merged = histogramOf(one);
        merged.merge(histogramOf(other));
        expect(merged.toJSON()).toEqual(histogramOf([...one, ...other]).toJSON());
      }),
      { numRuns: runs(100) },
    );
  });

  it('holds less than 2 kB, however much was recorded', () => {
    expect(HISTOGRAM_BYTES).toBeLessThan(2_000);
  });

  it('says 0 for everything when nothing was recorded, and again after a reset', () => {
    const nothing = { p50: 0, p95: 0, p99: 0, p999: 0, max: 0, count: 0 };
    const histogram = new LatencyHistogram();
    expect(histogram.toJSON()).toEqual(nothing);
    histogram.record(12);
    expect(histogram.toJSON()).toMatchObject({ count: 1, max: 12, p50: 12 });
    histogram.reset();
    expect(histogram.toJSON()).toEqual(nothing);
  });

  it('takes what is below the range as 0 and what is above it as an hour, with the maximum as it was', () => {
    expect(histogramOf([0, 0.009, 1]).quantile(0.5)).toBe(0);
    expectClose(histogramOf([86_400_000, 86_400_001]).quantile(0.5), TO_MS);
    expect(histogramOf([86_400_000]).max).toBe(86_400_000);
  });

  it('refuses what is no time and what is no quantile', () => {
    const histogram = new LatencyHistogram();
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => histogram.record(ms)).toThrow(RangeError);
    for (const q of [-0.1, 1.1, Number.NaN]) expect(() => histogram.quantile(q)).toThrow(RangeError);
    expect(histogram.count).toBe(0);
  });

  it('keeps its quantiles and its count when a counter is full', () => {
    const [one, other] = [manyTimes(1, 31), manyTimes(1, 31)];
    for (const histogram of [one, other]) histogram.merge(manyTimes(100, 30));
    one.merge(other);
    expect(one.count).toBe(2 ** 32 + 2 ** 31);
    expectClose(one.quantile(0.66), 1);
    expectClose(one.quantile(0.68), 100);
  });

  it('goes on recording when a counter is full', () => {
    const full = manyTimes(1, 31);
    full.merge(manyTimes(1, 30));
    for (let at = 29; at >= 0; at--) full.merge(manyTimes(1, at));
    full.record(1);
    expect(full.count).toBe(2 ** 32);
    full.record(1);
    expect(full.count).toBe(2 ** 32 + 1);
    expectClose(full.quantile(0.5), 1);
  });
});

const OBJECTIVE_MS = 100;
const START = 1_700_000_000_000;

/** A monitor and a clock that is moved by hand. */
class Watched {
  readonly monitor = new LatencyMonitor({ objectiveMs: OBJECTIVE_MS });
  now = START;

  record(lagMs: number, count = 1): this {
    for (let at = 0; at < count; at++) this.monitor.record(lagMs, this.now);
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  tick() {
    return this.monitor.tick(this.now);
  }
}

describe('a latency monitor (I5, §5.8)', () => {
  it('says late when the 99th percentile of a second is above the objective, once that second is over', () => {
    const watched = new Watched().record(50, 90).record(400, 10);
    expect(watched.after(999).tick()).toBeUndefined();
    const transition = watched.after(1).tick();
    expect(transition?.state).toBe('late');
    expectClose(transition?.lagMs ?? 0, 400);
    expect(watched.monitor.state).toBe('late');
  });

  it('one late message is enough when it is the only one', () => {
    expect(new Watched().record(101).after(1_000).tick()).toMatchObject({ state: 'late' });
  });

  it('is exact about the objective, whatever else is known to 4 % only', () => {
    const near = fc.double({ min: OBJECTIVE_MS * 0.9, max: OBJECTIVE_MS * 1.1, noNaN: true });
    fc.assert(
      fc.property(fc.array(near, { minLength: 1, maxLength: 300 }), (lags) => {
        const watched = new Watched();
        for (const lagMs of lags) watched.record(lagMs);
        const p99 = exactQuantile(lags, 0.99);
        const transition = watched.after(1_000).tick();
        expect(transition?.state).toBe(p99 > OBJECTIVE_MS ? 'late' : undefined);
        if (transition !== undefined) expectClose(transition.lagMs, p99);
      }),
      { numRuns: runs(100) },
    );
  });

  it('one late message of two hundred is not: the 99th percentile is what counts', () => {
    expect(new Watched().record(5, 199).record(5_000).after(1_000).tick()).toBeUndefined();
  });

  it('exactly the objective is not above it', () => {
    expect(new Watched().record(OBJECTIVE_MS).after(1_000).tick()).toBeUndefined();
  });

  it('a breach is told within two seconds when tick is called once a second, wherever in the second it falls', () => {
    const step = fc.record({ afterMs: fc.integer({ min: 0, max: 700 }), lagMs: fc.constantFrom(1, 5, 20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 999 }), (steps, tickOffsetMs) => {
        const watched = new Watched();
        let tickAt = START + tickOffsetMs;
        const told: number[] = [];
        const goTo = (until: number) => {
          for (; tickAt <= until; tickAt += 1_000) {
            if (watched.monitor.tick(tickAt)?.state === 'late') told.push(tickAt);
          }
          watched.now = until;
        };
        for (const { afterMs, lagMs } of steps) {
          goTo(watched.now + afterMs);
          watched.record(lagMs);
        }
        // Enough late ones to be the 99th percentile of any second with the others.
        const breachedAt = watched.now;
        watched.record(500, 50);
        expect(told).toEqual([]);
        goTo(breachedAt + 5_000);
        expect(told).toHaveLength(1);
        expect((told[0] as number) - breachedAt).toBeLessThanOrEqual(2_000);
      }),
      { numRuns: runs(200) },
    );
  });

  it('says ok when a full second at or below the objective has passed, with its 99th percentile', () => {
    const watched = new Watched().record(400).after(1_000);
    expect(watched.tick()).toMatchObject({ state: 'late' });
    watched.record(20, 5);
    expect(watched.after(999).tick()).toBeUndefined();
    const transition = watched.after(1).tick();
    expect(transition?.state).toBe('ok');
    expectClose(transition?.lagMs ?? 0, 20);
  });

  it('says ok with a lag of 0 when a full second without a message has passed', () => {
    const watched = new Watched().record(400).after(1_000);
    expect(watched.tick()).toMatchObject({ state: 'late' });
    expect(watched.after(999).tick()).toBeUndefined();
    expect(watched.after(1).tick()).toEqual({ state: 'ok', lagMs: 0 });
    expect(watched.after(1_000).tick()).toBeUndefined();
  });

  it('says nothing more while it stays late, and counts one breach', () => {
    const watched = new Watched();
    const told = [];
    for (let second = 0; second < 5; second++) {
      watched.record(400).after(1_000);
      told.push(watched.tick()?.state);
    }
    expect(told).toEqual(['late', undefined, undefined, undefined, undefined]);
    expect(watched.monitor.breaches).toBe(1);
  });

  it('tells a breach also when the topic was well again before anyone asked', () => {
    const watched = new Watched().record(400).after(5_000);
    expect(watched.tick()).toMatchObject({ state: 'late' });
    expect(watched.tick()).toEqual({ state: 'ok', lagMs: 0 });
    expect(watched.tick()).toBeUndefined();
  });

  it('what it tells alternates and ends with how things are, however rarely it is asked', () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 2_500 }),
      lagMs: fc.constantFrom(1, 400, undefined),
      ticks: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const watched = new Watched();
        const told: string[] = [];
        const tick = () => {
          const transition = watched.tick();
          if (transition !== undefined) told.push(transition.state);
        };
        for (const { afterMs, lagMs, ticks } of steps) {
          watched.after(afterMs);
          if (lagMs !== undefined) watched.record(lagMs);
          for (let at = 0; at < ticks; at++) tick();
        }
        const { state, breaches } = watched.monitor;
        for (let at = 0; at < 3; at++) tick();
        for (const [at, one] of told.entries()) expect(one).toBe(at % 2 === 0 ? 'late' : 'ok');
        expect(told.at(-1) ?? 'ok').toBe(watched.monitor.state);
        expect(told.length).toBeLessThanOrEqual(2 * watched.monitor.breaches);
        if (state === 'late') expect(breaches).toBeGreaterThan(0);
      }),
      { numRuns: runs(200) },
    );
  });

  it('keeps everything for good, and the running second only until ten seconds have been quiet', () => {
    const watched = new Watched();
    expect(watched.monitor.allTime).toBeUndefined();
    expect(watched.monitor.isQuiet).toBe(true);
    watched.record(7);
    for (let second = 0; second < 9; second++) watched.after(1_000).tick();
    expect(watched.monitor.isQuiet).toBe(false);
    watched.after(1_000).tick();
    expect(watched.monitor.isQuiet).toBe(true);
    watched.after(3_600_000).record(9).after(1_000).tick();
    expect(watched.monitor.allTime?.toJSON()).toMatchObject({ count: 2, max: 9 });
  });

  it('a message that is older than its time is a message without a lag, and is counted as skewed', () => {
    const watched = new Watched().record(-30).record(3);
    expect(watched.monitor.skewed).toBe(1);
    expect(watched.monitor.allTime?.toJSON()).toMatchObject({ count: 2, max: 3 });
    expect(watched.monitor.allTime?.quantile(0.5)).toBe(0);
  });

  it('a clock that is set back holds up no window', () => {
    const watched = new Watched().record(400).after(-3_600_000).record(400);
    expect(watched.after(1_000).tick()).toMatchObject({ state: 'late' });
    expect(watched.after(1_000).tick()).toEqual({ state: 'ok', lagMs: 0 });
    watched.after(10_000).tick();
    expect(watched.monitor.isQuiet).toBe(true);
  });
});
