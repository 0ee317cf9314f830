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

    it('reading and anchoring need no topic', async () => {
      const { backbone } = make({ topicsMax: 1 });
      for (const topic of ['x', 'y', 'z']) {
        expect(await storedIds(backbone, topic)).toEqual([]);
        expect(await backbone.anchor(topic, { epoch: 'e', seqNo: 1, messageId: 'm' })).toBe(false);
      }
      expect((await publish(backbone, 'm1')).status).toBe('ok');
    });
  });
}
