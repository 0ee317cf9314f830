import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { TopicTable } from '../src/memory/topic-table.ts';
import { request } from '../suite/harness.ts';

describe('TopicTable', () => {
  it('gives the memory of state that expired at once back a few entries with each publish, on whatever topic', () => {
    const table = new TopicTable({ limits: DEFAULT_LIMITS, newEpoch: () => 'e', onListenerError: () => {} });
    for (let at = 0; at < 100; at++) table.append(request(`m${at}`, { key: `k${at}`, ttlMs: 10 }), 0);
    table.append(request('n0', { topic: 'b' }), 10);
    expect(table.get('a')?.keyCount).toBeGreaterThan(90);
    for (let at = 1; at < 50; at++) table.append(request(`n${at}`, { topic: 'b' }), 10);
    expect(table.get('a')?.keyCount).toBe(0);
  });
});
