import { describe, expect, it } from 'vitest';
import { TopicHealth } from '../src/core/topic-health.ts';

const late = { state: 'late', lagMs: 400 } as const;
const ok = { state: 'ok', lagMs: 30 } as const;

describe('the health of a topic, out of its two causes (§5.8)', () => {
  it('begins as ok', () => {
    expect(new TopicHealth().at(1_000)).toEqual({ state: 'ok', lagMs: 0 });
  });

  it('is what the latency is while the source is heard', () => {
    const health = new TopicHealth();
    expect(health.latencyIs(late)).toBe(true);
    expect(health.at(1_000)).toEqual(late);
    expect(health.latencyIs(ok)).toBe(true);
    expect(health.at(2_000)).toEqual(ok);
  });

  it('is stale while the source is silent, for as long as the silence lasts, whatever the latency is', () => {
    const health = new TopicHealth();
    health.latencyIs(late);
    expect(health.sourceIs({ state: 'stale', silentSince: 1_000 })).toBe(true);
    expect(health.at(3_500)).toEqual({ state: 'stale', lagMs: 2_500 });
    expect(health.latencyIs(ok)).toBe(false);
    expect(health.latencyIs(late)).toBe(false);
    expect(health.at(4_000)).toEqual({ state: 'stale', lagMs: 3_000 });
  });

  it.each([late, ok])('is what the latency has become meanwhile when the source is heard again: $state', (latency) => {
    const health = new TopicHealth();
    health.sourceIs({ state: 'stale', silentSince: 1_000 });
    health.latencyIs(latency);
    expect(health.sourceIs({ state: 'ok' })).toBe(true);
    expect(health.at(5_000)).toEqual(latency);
    expect(health.latencyIs(ok)).toBe(true);
  });

  it('is told once, however often the same is said of the source', () => {
    const health = new TopicHealth();
    expect(health.sourceIs({ state: 'ok' })).toBe(false);
    health.sourceIs({ state: 'stale', silentSince: 1_000 });
    expect(health.sourceIs({ state: 'stale', silentSince: 2_000 })).toBe(false);
    expect(health.at(2_500)).toEqual({ state: 'stale', lagMs: 500 });
    health.sourceIs({ state: 'ok' });
    expect(health.sourceIs({ state: 'ok' })).toBe(false);
  });

  it('never names a negative silence, where the clock was set back', () => {
    const health = new TopicHealth();
    health.sourceIs({ state: 'stale', silentSince: 1_000 });
    expect(health.at(400)).toEqual({ state: 'stale', lagMs: 0 });
  });
});
