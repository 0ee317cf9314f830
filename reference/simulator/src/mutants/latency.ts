/** Mutants of latency (I5). */

import { LatencyMonitor } from '@micro-socket/gateway/internals';
import { type Mutant, replaceMethod } from './mutant.ts';

export const LATENCY_MUTANTS: readonly Mutant[] = [
  {
    name: 'late-untold',
    breaks: 'I5',
    what: 'A gateway does not say that a topic has become late.',
    apply: () =>
      replaceMethod(LatencyMonitor.prototype, 'tick', (tick) => (monitor, nowMs) => {
        const change = tick(monitor, nowMs);
        return change?.state === 'late' ? undefined : change;
      }),
  },
  {
    name: 'late-for-ever',
    breaks: 'I5',
    what: 'A gateway does not say that a topic that was late is well again.',
    apply: () =>
      replaceMethod(LatencyMonitor.prototype, 'tick', (tick) => (monitor, nowMs) => {
        const change = tick(monitor, nowMs);
        return change?.state === 'ok' ? undefined : change;
      }),
  },
  {
    name: 'late-without-cause',
    breaks: 'I5',
    what: 'A gateway measures ten seconds more than a message took.',
    apply: () =>
      replaceMethod(
        LatencyMonitor.prototype,
        'record',
        (record) => (monitor, lagMs, nowMs) => record(monitor, lagMs + 10_000, nowMs),
      ),
  },
  {
    name: 'well-too-soon',
    breaks: 'I5',
    what: 'A gateway says that a late topic is well again as soon as it has said that it is late.',
    apply: () => {
      const late = new WeakSet<LatencyMonitor>();
      return replaceMethod(LatencyMonitor.prototype, 'tick', (tick) => (monitor, nowMs) => {
        const change = tick(monitor, nowMs);
        if (change === undefined) return late.delete(monitor) ? { state: 'ok', lagMs: 0 } : undefined;
        if (change.state === 'late') late.add(monitor);
        return change;
      });
    },
  },
];
