import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { type Expiring, ExpiryHeap } from '../src/memory/expiry-heap.ts';

describe('ExpiryHeap', () => {
  it('gives its members out at their moment, the earliest first, without those that left before', () => {
    const members = fc.array(fc.record({ expiresAt: fc.nat({ max: 50 }), leaves: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(members, fc.nat({ max: 60 }), (members, now) => {
        const heap = new ExpiryHeap<Expiring>();
        const all = members.map(({ expiresAt, leaves }) => ({ expiresAt, leaves, heapPlace: -1 }));
        for (const member of all) heap.add(member);
        for (const member of all) if (member.leaves) heap.remove(member);
        // Leaving twice, or after having been given out, changes nothing.
        for (const member of all) if (member.leaves) heap.remove(member);
        const staying = all.filter(({ leaves }) => !leaves).map(({ expiresAt }) => expiresAt);
        expect(heap.size).toBe(staying.length);
        const due = staying.filter((expiresAt) => expiresAt <= now).toSorted((one, other) => one - other);
        for (const expiresAt of due) expect(heap.takeExpired(now)?.expiresAt).toBe(expiresAt);
        expect(heap.takeExpired(now)).toBeUndefined();
        expect(heap.size).toBe(staying.length - due.length);
      }),
      { numRuns: runs(200) },
    );
  });
});
