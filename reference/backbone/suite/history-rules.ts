import { expect } from 'vitest';
import { ids, publish, publishAll, stored, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

/** Retention. */
export const historyRules = {
  'keeps the newest historyLengthMax messages of each topic, and seqNos go on': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 3 });
    expect(backbone.retentionMessagesMax).toBe(3);
    await publishAll(backbone, ids(5));
    await publishAll(backbone, ids(2, 'b'), { topic: 'b' });
    expect(await storedIds(backbone)).toEqual(['m3', 'm4', 'm5']);
    expect(await storedIds(backbone, 'b')).toEqual(['b1', 'b2']);
    const entries = await stored(backbone);
    expect(entries[0]?.prevSeqNo).toBeGreaterThan(0);
    expect((await backbone.head('a')).seqNo).toBe(entries.at(-1)?.seqNo);
  },
} satisfies Rules;

export const readRules = {
  'gives the entries after a seqNo, oldest first, no more than the limit': async ({ make }) => {
    const { backbone } = await make();
    await publishAll(backbone, ids(5));
    const entries = await stored(backbone);
    const seqNos = entries.map(({ seqNo }) => seqNo);
    for (const [at, afterSeqNo] of [0, ...seqNos].entries()) {
      for (const limit of [0, 1, 2, 100]) {
        expect(await backbone.read('a', { afterSeqNo, limit })).toEqual(entries.slice(at, at + limit));
      }
    }
  },

  'gives nothing beyond the head and nothing of a topic that nobody used': async ({ make }) => {
    const { backbone } = await make();
    const { position } = await publish(backbone, 'm1');
    expect(await backbone.read('a', { afterSeqNo: position.seqNo + 1_000, limit: 10 })).toEqual([]);
    expect(await backbone.read('a', { afterSeqNo: position.seqNo, limit: 10 })).toEqual([]);
    expect(await backbone.read('nobody', { afterSeqNo: 0, limit: 10 })).toEqual([]);
  },

  'begins with the oldest that is left when older ones are gone': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 2 });
    await publishAll(backbone, ids(4));
    const read = await backbone.read('a', { afterSeqNo: 0, limit: 1 });
    expect(read.map(({ messageId }) => messageId)).toEqual(['m3']);
  },

  'an answer of read does not change afterwards': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 2 });
    await publishAll(backbone, ids(2));
    const read = await stored(backbone);
    await publishAll(backbone, ids(4).slice(2));
    expect(read.map(({ messageId }) => messageId)).toEqual(['m1', 'm2']);
  },

  'shows a hole: the first entry that is left names one before it that the reader has not asked from': async ({
    make,
  }) => {
    const { backbone } = await make({ historyLengthMax: 4 });
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
  },

  'piece by piece, while the history moves on, gives every message or shows where some are missing (I4)': async ({
    make,
  }) => {
    const { backbone } = await make({ historyLengthMax: 8 });
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
  },
} satisfies Rules;
