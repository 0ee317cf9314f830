import { expect } from 'vitest';
import { chainBreaks } from './chain.ts';
import { ids, publish, publishAll, stored, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

/** topicsMax. §8. */
export const topicBoundRules = {
  'refuses a publish or a subscribe that needs one topic more, with OVERLOADED; known topics go on': async ({
    make,
  }) => {
    const { backbone } = await make({ topicsMax: 2 });
    await backbone.subscribe('a', () => {});
    await backbone.subscribe('b', () => {});
    await publish(backbone, 'm1', { topic: 'a' });
    const overloaded = { code: 'OVERLOADED', retry: true, message: expect.stringContaining('topicsMax') };
    await expect(publish(backbone, 'm2', { topic: 'c' })).rejects.toMatchObject(overloaded);
    await expect(backbone.subscribe('c', () => {})).rejects.toMatchObject(overloaded);
    expect((await publish(backbone, 'm2', { topic: 'b' })).status).toBe('ok');
    expect((await publish(backbone, 'm3', { topic: 'a' })).status).toBe('ok');
  },

  'a publish that was refused for it is not remembered (I2)': async ({ make }) => {
    const { backbone } = await make({ topicsMax: 1 });
    await backbone.subscribe('a', () => {});
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(publish(backbone, 'm2', { topic: 'b' })).rejects.toMatchObject({ code: 'OVERLOADED' });
    }
  },

  'forgets the oldest topic that nobody listens to, which then begins a new epoch (I6)': async ({ make }) => {
    const { backbone } = await make({ topicsMax: 2 });
    const { position } = await publish(backbone, 'm1', { topic: 'idle' });
    await backbone.subscribe('kept', () => {});
    await publish(backbone, 'm1', { topic: 'kept' });
    await publish(backbone, 'm1', { topic: 'new' });
    expect(await backbone.anchor('idle', position)).toBe(false);
    expect(await storedIds(backbone, 'kept')).toEqual(['m1']);
    expect((await publish(backbone, 'm2', { topic: 'idle' })).position.epoch).not.toBe(position.epoch);
  },

  'a topic that was forgotten begins anew: one chain from 0 on, and no place in the old one holds (I6)': async (
    trial,
  ) => {
    const { backbone } = await trial.make({ topicsMax: 2 });
    const old = [];
    for (const id of ids(3)) old.push((await publish(backbone, id, { topic: 'idle' })).position);
    for (const topic of ['x', 'y']) await publish(backbone, 'm1', { topic });
    const hearing = await trial.listen(backbone, 'idle');
    await publishAll(backbone, ids(3, 'n'), { topic: 'idle' });
    expect(await hearing.heard(3)).toEqual(ids(3, 'n'));
    const entries = await stored(backbone, 'idle');
    expect(hearing.entries).toEqual(entries);
    expect(chainBreaks(entries, 0)).toEqual([]);
    for (const position of [...old, { epoch: old[0]?.epoch ?? '', seqNo: 0 }]) {
      expect(await backbone.anchor('idle', position)).toBe(false);
    }
  },

  'a publish that is refused for want of room leaves no topic behind': async ({ make }) => {
    const { backbone } = await make({ topicsMax: 2, historyBytesMax: 100 });
    await backbone.subscribe('a', () => {});
    await publish(backbone, 'm1', { topic: 'a', sizeBytes: 90 });
    for (const topic of ['x', 'y', 'z']) {
      await expect(publish(backbone, 'm1', { topic, sizeBytes: 50 })).rejects.toMatchObject({ code: 'OVERLOADED' });
    }
    expect((await publish(backbone, 'm1', { topic: 'b', sizeBytes: 5 })).status).toBe('ok');
  },

  'a publish that is refused for want of room costs no other topic anything': async ({ make }) => {
    const { backbone } = await make({ topicsMax: 3, historyBytesMax: 100 });
    await backbone.subscribe('a', () => {});
    await publish(backbone, 'm1', { topic: 'a', sizeBytes: 50 });
    const idle = [];
    for (const topic of ['idle1', 'idle2']) idle.push(await publish(backbone, 'm1', { topic, sizeBytes: 20 }));
    for (const topic of ['a', 'idle1', 'new']) {
      await expect(publish(backbone, 'm2', { topic, sizeBytes: 101 })).rejects.toMatchObject({ code: 'OVERLOADED' });
    }
    expect(await backbone.anchor('idle1', idle[0]?.position ?? { epoch: '', seqNo: 0 })).toBe(true);
    expect(await backbone.anchor('idle2', idle[1]?.position ?? { epoch: '', seqNo: 0 })).toBe(true);
    expect(await storedIds(backbone, 'a')).toEqual(['m1']);
  },

  'of the topics that nobody listens to, the one that was left alone for the longest is forgotten first': async ({
    make,
  }) => {
    const { backbone } = await make({ topicsMax: 3 });
    for (const topic of ['x', 'y', 'z']) await publish(backbone, 'm1', { topic });
    const subscription = await backbone.subscribe('y', () => {});
    await publish(backbone, 'm2', { topic: 'x' });
    subscription.close();
    await publish(backbone, 'm1', { topic: 'new1' });
    expect(await storedIds(backbone, 'z')).toEqual([]);
    await publish(backbone, 'm1', { topic: 'new2' });
    expect(await storedIds(backbone, 'x')).toEqual([]);
    expect(await storedIds(backbone, 'y')).toEqual(['m1']);
  },

  'a topic that was only listened to takes no room when nobody listens any more': async ({ make }) => {
    const { backbone } = await make({ topicsMax: 2 });
    await publish(backbone, 'm1', { topic: 'kept' });
    for (const topic of ['x', 'y', 'z']) (await backbone.subscribe(topic, () => {})).close();
    expect(await storedIds(backbone, 'kept')).toEqual(['m1']);
  },

  'a subscription that is closed twice ends once, and the bound goes on to hold': async ({ make }) => {
    const { backbone } = await make({ topicsMax: 2 });
    await publish(backbone, 'm1', { topic: 'x' });
    const subscription = await backbone.subscribe('x', () => {});
    subscription.close();
    subscription.close();
    for (const topic of ['y', 'z', 'x']) await publish(backbone, 'm2', { topic });
    expect(await storedIds(backbone, 'y')).toEqual([]);
    expect(await storedIds(backbone, 'z')).toEqual(['m2']);
    expect(await storedIds(backbone, 'x')).toEqual(['m2']);
  },

  'reading and anchoring need no topic': async ({ make }) => {
    const { backbone } = await make({ topicsMax: 1 });
    for (const topic of ['x', 'y', 'z']) {
      expect(await storedIds(backbone, topic)).toEqual([]);
      expect((await backbone.snapshot(topic)).entries).toEqual([]);
      expect((await backbone.tail(topic, 1)).entries).toEqual([]);
      expect(await backbone.anchor(topic, { epoch: 'e', seqNo: 1, messageId: 'm' })).toBe(false);
    }
    expect((await publish(backbone, 'm1')).status).toBe('ok');
  },
} satisfies Rules;
