import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ids, type MakeBackbone, publish, publishAll, stored, storedIds } from './harness.ts';

export function historyRules(make: MakeBackbone): void {
  describe('history', () => {
    it('keeps the newest historyLengthMax messages of each topic, and seqNos go on', async () => {
      const { backbone } = make({ historyLengthMax: 3 });
      expect(backbone.retentionMessagesMax).toBe(3);
      await publishAll(backbone, ids(5));
      await publishAll(backbone, ids(2, 'b'), { topic: 'b' });
      expect(await storedIds(backbone)).toEqual(['m3', 'm4', 'm5']);
      expect(await storedIds(backbone, 'b')).toEqual(['b1', 'b2']);
      const entries = await stored(backbone);
      expect(entries[0]?.prevSeqNo).toBeGreaterThan(0);
      expect((await backbone.head('a')).seqNo).toBe(entries.at(-1)?.seqNo);
    });

    it('gives up the oldest messages of the topic that is written to, and of no other, to stay in historyBytesMax', async () => {
      const { backbone } = make({ historyBytesMax: 100 });
      await publishAll(backbone, ids(4, 'b'), { topic: 'b', sizeBytes: 10 });
      await publishAll(backbone, ids(3), { sizeBytes: 20 });
      await publish(backbone, 'm4', { sizeBytes: 40 });
      expect(await storedIds(backbone)).toEqual(['m3', 'm4']);
      await publish(backbone, 'm5', { sizeBytes: 60 });
      expect(await storedIds(backbone)).toEqual(['m5']);
      expect(await storedIds(backbone, 'b')).toEqual(ids(4, 'b'));
    });

    it('a message that fills historyBytesMax to the byte is kept', async () => {
      const { backbone } = make({ historyBytesMax: 100 });
      await publishAll(backbone, ids(2), { sizeBytes: 50 });
      expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
    });

    it('bytes that were given up can be used again, by any topic', async () => {
      const { backbone } = make({ historyBytesMax: 100, historyLengthMax: 2 });
      for (let round = 0; round < 10; round++) {
        await publishAll(backbone, ids(5, `r${round}.`), { sizeBytes: 25 });
        await publishAll(backbone, ids(5, `s${round}.`), { topic: 'b', sizeBytes: 25 });
      }
      expect(await storedIds(backbone)).toEqual(['r9.4', 'r9.5']);
      expect(await storedIds(backbone, 'b')).toEqual(['s9.4', 's9.5']);
    });

    it('a publish that cannot be made room for is OVERLOADED, can be retried, and takes nothing from the history', async () => {
      const { backbone } = make({ historyBytesMax: 100 });
      await backbone.subscribe('b', () => {});
      await publishAll(backbone, ids(6, 'b'), { topic: 'b', sizeBytes: 10 });
      await publishAll(backbone, ids(3), { sizeBytes: 10 });
      await expect(publish(backbone, 'm4', { sizeBytes: 50 })).rejects.toMatchObject({
        code: 'OVERLOADED',
        message: expect.stringContaining('historyBytesMax'),
      });
      expect((await publish(backbone, 'm4', { sizeBytes: 5 })).status).toBe('ok');
      expect(await storedIds(backbone)).toEqual(['m1', 'm2', 'm3', 'm4']);
      expect(await storedIds(backbone, 'b')).toEqual(ids(6, 'b'));
    });

    it('forgets topics that nobody listens to when the topic written to has nothing more to give', async () => {
      const { backbone } = make({ historyBytesMax: 100 });
      await publishAll(backbone, ids(6, 'b'), { topic: 'b', sizeBytes: 10 });
      await publish(backbone, 'm1', { sizeBytes: 60 });
      expect(await storedIds(backbone)).toEqual(['m1']);
      expect(await storedIds(backbone, 'b')).toEqual([]);
    });

    it('any mix of topics and sizes keeps the newest messages of each topic, without a hole, within both bounds', async () => {
      const step = fc.record({ topic: fc.constantFrom('a', 'b', 'c'), sizeBytes: fc.integer({ min: 1, max: 40 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const { backbone } = make({ historyBytesMax: 200, historyLengthMax: 6 });
          const published: Record<string, string[]> = { a: [], b: [], c: [] };
          const sizes = new Map<string, number>();
          for (const [at, { topic, sizeBytes }] of steps.entries()) {
            const { status } = await publish(backbone, `m${at}`, { topic, sizeBytes }).catch(() => ({ status: 'no' }));
            if (status === 'ok') published[topic]?.push(`m${at}`);
            sizes.set(`m${at}`, sizeBytes);
          }
          let bytes = 0;
          for (const [topic, all] of Object.entries(published)) {
            const kept = await storedIds(backbone, topic);
            expect(kept).toEqual(all.slice(all.length - kept.length));
            expect(kept.length).toBeLessThanOrEqual(6);
            for (const id of kept) bytes += sizes.get(id) ?? 0;
          }
          expect(bytes).toBeLessThanOrEqual(200);
        }),
        { numRuns: runs(60) },
      );
    });
  });

  describe('read', () => {
    it('gives the entries after a seqNo, oldest first, no more than the limit', async () => {
      const { backbone } = make();
      await publishAll(backbone, ids(5));
      const entries = await stored(backbone);
      const seqNos = entries.map(({ seqNo }) => seqNo);
      for (const [at, afterSeqNo] of [0, ...seqNos].entries()) {
        for (const limit of [0, 1, 2, 100]) {
          expect(await backbone.read('a', { afterSeqNo, limit })).toEqual(entries.slice(at, at + limit));
        }
      }
    });

    it('gives nothing beyond the head and nothing of a topic that nobody used', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1');
      expect(await backbone.read('a', { afterSeqNo: 1_000, limit: 10 })).toEqual([]);
      expect(await backbone.read('nobody', { afterSeqNo: 0, limit: 10 })).toEqual([]);
    });

    it('begins with the oldest that is left when older ones are gone', async () => {
      const { backbone } = make({ historyLengthMax: 2 });
      await publishAll(backbone, ids(4));
      const read = await backbone.read('a', { afterSeqNo: 0, limit: 1 });
      expect(read.map(({ messageId }) => messageId)).toEqual(['m3']);
    });

    it('an answer does not change afterwards', async () => {
      const { backbone } = make({ historyLengthMax: 2 });
      await publishAll(backbone, ids(2));
      const read = await stored(backbone);
      await publishAll(backbone, ids(4).slice(2));
      expect(read.map(({ messageId }) => messageId)).toEqual(['m1', 'm2']);
    });

    it('shows a hole: the first entry that is left names one before it that the reader has not asked from', async () => {
      const { backbone } = make({ historyLengthMax: 4 });
      await publishAll(backbone, ids(4));
      const [, second] = await backbone.read('a', { afterSeqNo: 0, limit: 2 });
      const asked = { afterSeqNo: second?.seqNo ?? 0, limit: 2 };
      await publishAll(backbone, ids(2, 'n'));
      const whole = await backbone.read('a', asked);
      expect(whole.map(({ messageId }) => messageId)).toEqual(['m3', 'm4']);
      expect(whole[0]?.prevSeqNo).toBe(asked.afterSeqNo);
      await publishAll(backbone, ids(2, 'o'));
      const holed = await backbone.read('a', asked);
      expect(holed.map(({ messageId }) => messageId)).toEqual(['n1', 'n2']);
      expect(holed[0]?.prevSeqNo).toBeGreaterThan(asked.afterSeqNo);
    });

    it('piece by piece, while the history moves on, gives every message or shows where some are missing (I4)', async () => {
      const { backbone } = make({ historyLengthMax: 8 });
      let last = 0;
      let published = 0;
      const got: string[] = [];
      let holes = 0;
      for (let round = 0; round < 40; round++) {
        // Sometimes slower than the reader, sometimes faster than the history is long.
        for (let more = round % 5 === 0 ? 14 : 1; more > 0; more--) await publish(backbone, `m${published++}`);
        for (const { seqNo, prevSeqNo, messageId } of await backbone.read('a', { afterSeqNo: last, limit: 3 })) {
          if (prevSeqNo !== last) holes += 1;
          got.push(messageId);
          last = seqNo;
        }
      }
      const missing = ids(published).filter((_, at) => !got.includes(`m${at}`));
      expect(holes).toBeGreaterThan(0);
      expect(missing.length).toBeGreaterThan(0);
      // Every run of missing messages before the last one that was read was seen as one hole.
      const read = got.map((id) => Number(id.slice(1)));
      expect(read.filter((number, at) => number !== (read[at - 1] ?? -1) + 1)).toHaveLength(holes);
    });
  });
}
