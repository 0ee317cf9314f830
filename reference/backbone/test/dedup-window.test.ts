import { describe, expect, it } from 'vitest';
import { DedupWindow } from '../src/parts/dedup-window.ts';
import { request } from '../suite/harness.ts';

/** As a backbone does it for one publish of a new id. */
function take(window: DedupWindow, messageId: string, now: number, publisher = 'ann'): void {
  window.requireRoom(publisher, now);
  window.commit(request(messageId, { publisher }), { epoch: 'e', seqNo: 1, messageId }, now);
}

describe('DedupWindow', () => {
  const limits = { dedupWindowMs: 100, dedupEntriesMax: 1_000, dedupEntriesPerPublisherMax: 1_000 };

  it('gives the memory of a crowd that expired at once back a few with each publish, and answers rightly meanwhile', () => {
    const window = new DedupWindow(limits);
    for (let at = 0; at < 900; at++) take(window, `m${at}`, 0);
    take(window, 'new0', 100);
    expect(window.size).toBeGreaterThan(800);
    expect(window.find(request('m899'), 100)).toBeUndefined();
    for (let at = 1; at < 300; at++) take(window, `new${at}`, 100);
    expect(window.size).toBe(300);
    expect(window.find(request('new0'), 199)).toMatchObject({ sameContent: true });
  });

  it('an id that was used anew before its old place was cleared away is remembered for a whole window', () => {
    const window = new DedupWindow(limits);
    for (let at = 0; at < 20; at++) take(window, `m${at}`, 0);
    take(window, 'm19', 100);
    for (let at = 0; at < 20; at++) take(window, `other${at}`, 150);
    expect(window.find(request('m19'), 199)).toMatchObject({ sameContent: true });
    expect(window.find(request('m19'), 200)).toBeUndefined();
  });

  it('keeps nothing of publishers whose ids have all expired', () => {
    const window = new DedupWindow({ ...limits, dedupEntriesPerPublisherMax: 1 });
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < 50; at++) take(window, 'm', round * 100, `publisher${at}`);
      expect(window.publisherCount).toBe(50);
    }
    for (let at = 0; at < 50; at++) take(window, `last${at}`, 10_000 + at * 100);
    expect(window.size).toBe(1);
    expect(window.publisherCount).toBe(1);
  });
});
