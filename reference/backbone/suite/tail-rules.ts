import { expect } from 'vitest';
import { ids, idsOf, publish, publishAll, stored } from './harness.ts';
import type { Rules } from './trial.ts';

export const tailRules = {
  'gives the newest entries, oldest first, and the position before the first of them': async ({ make }) => {
    const { backbone } = await make();
    const positions = [];
    for (const id of ids(5)) positions.push((await publish(backbone, id)).position);
    const entries = await stored(backbone);
    for (let count = 1; count < 5; count++) {
      expect(await backbone.tail('a', count)).toEqual({
        before: positions[4 - count],
        entries: entries.slice(-count),
        head: positions[4],
      });
    }
  },

  'gives all there are when more are asked for; before the very first stands seqNo 0, without a messageId': async ({
    make,
  }) => {
    const { backbone } = await make();
    await publishAll(backbone, ids(3));
    for (const count of [3, 4, 1_000]) {
      const { before, entries, head } = await backbone.tail('a', count);
      expect(idsOf(entries)).toEqual(ids(3));
      expect(before).toMatchObject({ epoch: head.epoch, seqNo: 0 });
      expect(before.messageId).toBeUndefined();
      expect(await backbone.anchor('a', before)).toBe(true);
    }
  },

  'begins with the oldest that is left; a message before it that is gone is named rightly or not at all': async ({
    make,
  }) => {
    const { backbone } = await make({ historyLengthMax: 3 });
    const positions = [];
    for (const id of ids(6)) positions.push((await publish(backbone, id)).position);
    const { before, entries } = await backbone.tail('a', 5);
    expect(idsOf(entries)).toEqual(['m4', 'm5', 'm6']);
    expect(before).toMatchObject({ epoch: positions[2]?.epoch, seqNo: positions[2]?.seqNo });
    expect([undefined, 'm3']).toContain(before.messageId);
    expect(before.seqNo).toBe(entries[0]?.prevSeqNo);
  },

  'of no entries stands at the head': async ({ make }) => {
    const { backbone } = await make();
    expect(await backbone.tail('nobody', 3)).toMatchObject({ before: { seqNo: 0 }, entries: [], head: { seqNo: 0 } });
    const { head } = await backbone.subscribe('a', () => {});
    expect(await backbone.tail('a', 3)).toEqual({ before: head, entries: [], head });
    const { position } = await publish(backbone, 'm1');
    expect(await backbone.tail('a', 0)).toEqual({ before: position, entries: [], head: position });
  },

  'reaches from before to head without a hole, whatever is published meanwhile': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 8 });
    const asked: ReturnType<typeof backbone.tail>[] = [];
    const published: Promise<unknown>[] = [];
    for (let at = 0; at < 40; at++) {
      published.push(publish(backbone, `m${at}`));
      asked.push(backbone.tail('a', (at % 6) + 1));
      if (at % 9 === 0) await published.at(-1);
    }
    await Promise.all(published);
    for (const { before, entries, head } of await Promise.all(asked)) {
      let last = before.seqNo;
      for (const { prevSeqNo, seqNo } of entries) {
        expect(prevSeqNo).toBe(last);
        last = seqNo;
      }
      expect(last).toBe(head.seqNo);
    }
  },

  'an answer of tail does not change afterwards': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 2 });
    await publishAll(backbone, ids(2));
    const { entries } = await backbone.tail('a', 2);
    await publishAll(backbone, ids(2, 'n'));
    expect(idsOf(entries)).toEqual(ids(2));
  },
} satisfies Rules;
