/** The parts with which the page runs a price feed of its own. */

import type { SourceSink, Tick } from '@micro-socket/price-feed';
import { describe, expect, it } from 'vitest';
import { PausableClock } from '../../.vitepress/theme/price-feed/pausable-clock.ts';
import { ReadMeter } from '../../.vitepress/theme/price-feed/read-meter.ts';
import { ThinnedSource } from '../../.vitepress/theme/price-feed/thinned-source.ts';
import { ManualClock } from '../../reference/transport/test/support/manual-clock.ts';

describe('a clock that can be stopped', () => {
  it('stands still with all its timers and turns, and goes on where it was', async () => {
    const base = new ManualClock();
    const clock = new PausableClock(base);
    const done: string[] = [];
    const startedAt = clock.now();
    clock.after(100, () => done.push('timer'));
    await base.advance(40);
    clock.stop();
    clock.soon(() => done.push('turn'));
    await base.advance(1_000);
    expect(done).toEqual([]);
    expect(clock.now() - startedAt).toBe(40);
    clock.goOn();
    await base.advance(59);
    expect(done).toEqual(['turn']);
    await base.advance(1);
    expect(done).toEqual(['turn', 'timer']);
    expect(clock.now() - startedAt).toBe(100);
  });

  it('does not call what was cancelled while it stood', async () => {
    const base = new ManualClock();
    const clock = new PausableClock(base);
    const called: string[] = [];
    const timer = clock.after(10, () => called.push('cancelled'));
    clock.stop();
    timer.cancel();
    clock.goOn();
    await base.advance(100);
    expect(called).toEqual([]);
  });
});

describe('a slow reader', () => {
  it('takes so many frames a second, and pays for those that came together', async () => {
    const clock = new ManualClock();
    let isReading = true;
    const readable = {
      pauseReading: () => {
        isReading = false;
      },
      resumeReading: () => {
        isReading = true;
      },
    };
    const meter = new ReadMeter(clock, readable, 10);
    for (let frame = 0; frame < 5; frame++) meter.took();
    await clock.advance(498);
    expect(isReading).toBe(false);
    await clock.advance(2);
    expect(isReading).toBe(true);
    meter.took();
    expect(isReading).toBe(false);
    meter.change(undefined);
    expect(isReading).toBe(true);
    meter.took();
    expect(isReading).toBe(true);
  });
});

describe('a thinned source', () => {
  it('tells the first tick of each instrument, and each n-th behind it', async () => {
    let sink: SourceSink | undefined;
    const inner = {
      name: 'inner',
      start: async (given: SourceSink) => {
        sink = given;
      },
      stop: async () => {},
    };
    const told: string[] = [];
    const nothing = () => {};
    const source = new ThinnedSource(inner, 3);
    await source.start({
      instrument: nothing,
      tick: ({ instrument, last }: Tick) => told.push(`${instrument} ${last}`),
      ready: async () => {},
      problem: nothing,
      lost: nothing,
      found: nothing,
      ended: nothing,
    });
    for (let last = 1; last <= 4; last++) {
      for (const instrument of ['A', 'B']) sink?.tick({ instrument, last, sourceTime: last });
    }
    expect(told).toEqual(['A 1', 'B 1', 'A 4', 'B 4']);
    source.change(1);
    sink?.tick({ instrument: 'A', last: 5, sourceTime: 5 });
    sink?.tick({ instrument: 'A', last: 6, sourceTime: 6 });
    expect(told.slice(4)).toEqual(['A 5', 'A 6']);
  });
});
