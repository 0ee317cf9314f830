import { expect } from 'vitest';
import { ids, publish, publishAll } from './harness.ts';
import type { Rules } from './trial.ts';

/** Anchors. I6. */
export const anchorRules = {
  'holds for every message that is stored': async ({ make }) => {
    const { backbone } = await make();
    for (const id of ids(5)) {
      const { position } = await publish(backbone, id);
      expect(await backbone.anchor('a', position)).toBe(true);
    }
    expect(await backbone.anchor('a', await backbone.head('a'))).toBe(true);
  },

  'does not hold for a message that has left the history': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 2 });
    const { position: first } = await publish(backbone, 'm1');
    const { position: second } = await publish(backbone, 'm2');
    await publish(backbone, 'm3');
    expect(await backbone.anchor('a', first)).toBe(false);
    expect(await backbone.anchor('a', second)).toBe(true);
  },

  'does not hold for another message at that seqNo, another epoch, a place without a message, another topic': async ({
    make,
  }) => {
    const { backbone } = await make();
    const { position } = await publish(backbone, 'm1');
    await publish(backbone, 'm2', { topic: 'c' });
    expect(await backbone.anchor('a', { ...position, messageId: 'm2' })).toBe(false);
    expect(await backbone.anchor('a', { epoch: position.epoch, seqNo: position.seqNo })).toBe(false);
    expect(await backbone.anchor('a', { ...position, epoch: 'other' })).toBe(false);
    expect(await backbone.anchor('a', { ...position, seqNo: position.seqNo + 1 })).toBe(false);
    expect(await backbone.anchor('a', { epoch: position.epoch, seqNo: position.seqNo + 1 })).toBe(false);
    expect(await backbone.anchor('nobody', position)).toBe(false);
  },

  'positions of one topic hold in no other, not even where the same was published to both': async ({ make }) => {
    const { backbone } = await make();
    for (const id of ids(3)) {
      const { position } = await publish(backbone, id);
      const { position: other } = await publish(backbone, id, { topic: 'b' });
      expect(await backbone.anchor('b', position)).toBe(false);
      expect(await backbone.anchor('a', other)).toBe(false);
      expect(await backbone.anchor('a', position)).toBe(true);
      expect(await backbone.anchor('b', other)).toBe(true);
    }
  },

  'position 0 holds while nothing has been given up: then everything follows it': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 2 });
    const { head } = await backbone.subscribe('a', () => {});
    const { epoch } = head;
    expect(await backbone.anchor('a', { epoch, seqNo: 0 })).toBe(true);
    await publishAll(backbone, ids(2));
    expect(await backbone.anchor('a', { epoch, seqNo: 0 })).toBe(true);
    await publish(backbone, 'm3');
    expect(await backbone.anchor('a', { epoch, seqNo: 0 })).toBe(false);
  },

  'position 0 of another epoch does not hold': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1');
    expect(await backbone.anchor('a', { epoch: 'other', seqNo: 0 })).toBe(false);
  },

  'whenever it holds, reading from there gives everything after it': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 4 });
    const positions = [];
    for (const id of ids(9)) positions.push((await publish(backbone, id)).position);
    for (const [at, position] of positions.entries()) {
      const read = await backbone.read('a', { afterSeqNo: position.seqNo, limit: 100 });
      const complete =
        read.map(({ messageId }) => messageId).join() ===
        ids(9)
          .slice(at + 1)
          .join();
      if (await backbone.anchor('a', position)) expect(complete).toBe(true);
      else expect(at).toBeLessThan(5);
    }
  },
} satisfies Rules;
