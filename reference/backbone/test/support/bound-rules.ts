import { describe, expect, it } from 'vitest';
import { type MakeBackbone, publish, storedIds } from './harness.ts';

export function boundRules(make: MakeBackbone): void {
  describe('topicsMax (§8)', () => {
    it('refuses a publish or a subscribe that needs one topic more, with OVERLOADED; known topics go on', async () => {
      const { backbone } = make({ topicsMax: 2 });
      await backbone.subscribe('a', () => {});
      await backbone.subscribe('b', () => {});
      await publish(backbone, 'm1', { topic: 'a' });
      const overloaded = { code: 'OVERLOADED', retry: true, message: expect.stringContaining('topicsMax') };
      await expect(publish(backbone, 'm2', { topic: 'c' })).rejects.toMatchObject(overloaded);
      await expect(backbone.subscribe('c', () => {})).rejects.toMatchObject(overloaded);
      expect((await publish(backbone, 'm2', { topic: 'b' })).status).toBe('ok');
      expect((await publish(backbone, 'm3', { topic: 'a' })).status).toBe('ok');
    });

    it('a publish that was refused for it is not remembered (I2)', async () => {
      const { backbone } = make({ topicsMax: 1 });
      await backbone.subscribe('a', () => {});
      for (let attempt = 0; attempt < 2; attempt++) {
        await expect(publish(backbone, 'm2', { topic: 'b' })).rejects.toMatchObject({ code: 'OVERLOADED' });
      }
    });

    it('forgets the oldest topic that nobody listens to, which then begins a new epoch (I6)', async () => {
      const { backbone } = make({ topicsMax: 2 });
      const { position } = await publish(backbone, 'm1', { topic: 'idle' });
      await backbone.subscribe('kept', () => {});
      await publish(backbone, 'm1', { topic: 'kept' });
      await publish(backbone, 'm1', { topic: 'new' });
      expect(await backbone.anchor('idle', position)).toBe(false);
      expect(await storedIds(backbone, 'kept')).toEqual(['m1']);
      expect((await publish(backbone, 'm2', { topic: 'idle' })).position.epoch).not.toBe(position.epoch);
    });

    it('a publish that is refused for want of room leaves no topic behind', async () => {
      const { backbone } = make({ topicsMax: 2, historyBytesMax: 100 });
      await backbone.subscribe('a', () => {});
      await publish(backbone, 'm1', { topic: 'a', sizeBytes: 90 });
      for (const topic of ['x', 'y', 'z']) {
        await expect(publish(backbone, 'm1', { topic, sizeBytes: 50 })).rejects.toMatchObject({ code: 'OVERLOADED' });
      }
      expect((await publish(backbone, 'm1', { topic: 'b', sizeBytes: 5 })).status).toBe('ok');
    });

    it('a publish that is refused for want of room costs no other topic anything', async () => {
      const { backbone } = make({ topicsMax: 3, historyBytesMax: 100 });
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
    });

    it('of the topics that nobody listens to, the one that was left alone for the longest is forgotten first', async () => {
      const { backbone } = make({ topicsMax: 3 });
      for (const topic of ['x', 'y', 'z']) await publish(backbone, 'm1', { topic });
      const subscription = await backbone.subscribe('y', () => {});
      await publish(backbone, 'm2', { topic: 'x' });
      subscription.close();
      await publish(backbone, 'm1', { topic: 'new1' });
      expect(await storedIds(backbone, 'z')).toEqual([]);
      await publish(backbone, 'm1', { topic: 'new2' });
      expect(await storedIds(backbone, 'x')).toEqual([]);
      expect(await storedIds(backbone, 'y')).toEqual(['m1']);
    });

    it('a topic that was only listened to takes no room when nobody listens any more', async () => {
      const { backbone } = make({ topicsMax: 2 });
      await publish(backbone, 'm1', { topic: 'kept' });
      for (const topic of ['x', 'y', 'z']) (await backbone.subscribe(topic, () => {})).close();
      expect(await storedIds(backbone, 'kept')).toEqual(['m1']);
    });

    it('a subscription that is closed twice ends once, and the bound goes on to hold', async () => {
      const { backbone } = make({ topicsMax: 2 });
      await publish(backbone, 'm1', { topic: 'x' });
      const subscription = await backbone.subscribe('x', () => {});
      subscription.close();
      subscription.close();
      for (const topic of ['y', 'z', 'x']) await publish(backbone, 'm2', { topic });
      expect(await storedIds(backbone, 'y')).toEqual([]);
      expect(await storedIds(backbone, 'z')).toEqual(['m2']);
      expect(await storedIds(backbone, 'x')).toEqual(['m2']);
    });

    it('reading and anchoring need no topic', async () => {
      const { backbone } = make({ topicsMax: 1 });
      for (const topic of ['x', 'y', 'z']) {
        expect(await storedIds(backbone, topic)).toEqual([]);
        expect((await backbone.snapshot(topic)).entries).toEqual([]);
        expect((await backbone.tail(topic, 1)).entries).toEqual([]);
        expect(await backbone.anchor(topic, { epoch: 'e', seqNo: 1, messageId: 'm' })).toBe(false);
      }
      expect((await publish(backbone, 'm1')).status).toBe('ok');
    });
  });
}
