import { describe, expect, it } from 'vitest';
import { ids, type MakeBackbone, publish, request, storedIds } from './harness.ts';

export function dedupRules(make: MakeBackbone): void {
  describe('I2: dedup', () => {
    it('the same id with the same payload is stored once and answered with the first position', async () => {
      const { backbone } = make();
      const heard: string[] = [];
      await backbone.subscribe('a', ({ messageId }) => heard.push(messageId));
      const first = await publish(backbone, 'm1', { payload: { a: [1, 'x'] } });
      await publish(backbone, 'm2');
      const again = await publish(backbone, 'm1', { payload: { a: [1, 'x'] } });
      expect(first.status).toBe('ok');
      expect(again).toEqual({ status: 'duplicate', position: first.position });
      expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
      expect(heard).toEqual(['m1', 'm2']);
    });

    it('two publishes of one id in one turn are one message', async () => {
      const { backbone } = make();
      const results = await Promise.all([publish(backbone, 'm1'), publish(backbone, 'm1')]);
      expect(results.map(({ status }) => status)).toEqual(['ok', 'duplicate']);
      expect(await storedIds(backbone)).toEqual(['m1']);
    });

    it('the same id with another payload is MESSAGE_ID_CONFLICT, and nothing is stored', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1', { payload: 1 });
      for (const payload of [2, '1', null, [1], { a: 1 }]) {
        await expect(publish(backbone, 'm1', { payload })).rejects.toMatchObject({
          name: 'ProtocolError',
          code: 'MESSAGE_ID_CONFLICT',
        });
      }
      expect(await storedIds(backbone)).toEqual(['m1']);
      expect((await publish(backbone, 'm1', { payload: 1 })).status).toBe('duplicate');
    });

    it('ids of different publishers never meet', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1', { publisher: 'ann', payload: 1 });
      expect((await publish(backbone, 'm1', { publisher: 'bob', payload: 2 })).status).toBe('ok');
      expect(await storedIds(backbone)).toEqual(['m1', 'm1']);
    });

    it('ids of different topics never meet', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1', { topic: 'a', payload: 1 });
      expect((await publish(backbone, 'm1', { topic: 'b', payload: 2 })).status).toBe('ok');
    });

    it.each([
      [{ topic: 'a', publisher: 'bc' }, 'd', { topic: 'a', publisher: 'c' }, 'db'],
      [{ topic: 'a.b', publisher: 'x' }, 'c', { topic: 'a', publisher: 'x' }, 'b.c'],
      [{ topic: 'a', publisher: 'x:y' }, 'z', { topic: 'a', publisher: 'y' }, 'z:x'],
    ])('parts of a key cannot be mistaken for each other: %j %s, %j %s', async (one, firstId, two, secondId) => {
      const { backbone } = make();
      await publish(backbone, firstId, { ...one, payload: 1 });
      expect((await publish(backbone, secondId, { ...two, payload: 2 })).status).toBe('ok');
    });

    it('an id is remembered for exactly dedupWindowMs', async () => {
      const { backbone, clock } = make({ dedupWindowMs: 1_000 });
      expect(backbone.dedupWindowMs).toBe(1_000);
      const first = await publish(backbone, 'm1');
      await clock.advance(999);
      expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
      await clock.advance(1);
      const again = await publish(backbone, 'm1');
      expect(again.status).toBe('ok');
      expect(again.position.seqNo).toBeGreaterThan(first.position.seqNo);
    });

    it('a duplicate does not keep its id alive longer', async () => {
      const { backbone, clock } = make({ dedupWindowMs: 1_000 });
      await publish(backbone, 'm1');
      await clock.advance(600);
      await publish(backbone, 'm1');
      await clock.advance(600);
      expect((await publish(backbone, 'm1')).status).toBe('ok');
    });

    it('after the window the same id may carry something else', async () => {
      const { backbone, clock } = make({ dedupWindowMs: 1_000 });
      await publish(backbone, 'm1', { payload: 1 });
      await clock.advance(1_001);
      expect((await publish(backbone, 'm1', { payload: 2 })).status).toBe('ok');
    });

    it('an id outlives the message that it belongs to', async () => {
      const { backbone } = make({ historyLengthMax: 1 });
      const first = await publish(backbone, 'm1');
      await publish(backbone, 'm2');
      expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
    });
  });

  describe('a full dedup window', () => {
    it('refuses new ids with OVERLOADED and stores nothing; known ids are answered as ever', async () => {
      const { backbone } = make({ dedupEntriesMax: 2 });
      const first = await publish(backbone, 'm1');
      await publish(backbone, 'm2');
      await expect(backbone.publish(request('m3'))).rejects.toMatchObject({
        code: 'OVERLOADED',
        retry: true,
        message: expect.stringContaining('dedupEntriesMax'),
      });
      expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
      expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
    });

    it('an id that was refused can be published when an older one has left: it was not remembered', async () => {
      const { backbone, clock } = make({ dedupEntriesMax: 1, dedupWindowMs: 1_000 });
      await publish(backbone, 'm1');
      await expect(publish(backbone, 'm2')).rejects.toMatchObject({ code: 'OVERLOADED' });
      await clock.advance(1_000);
      expect((await publish(backbone, 'm2')).status).toBe('ok');
      expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
    });

    it('says when the next id leaves', async () => {
      const { backbone, clock } = make({ dedupEntriesMax: 2, dedupWindowMs: 1_000 });
      await publish(backbone, 'm1');
      await clock.advance(300);
      await publish(backbone, 'm2');
      await expect(publish(backbone, 'm3')).rejects.toMatchObject({ afterMs: 700 });
      await clock.advance(700);
      expect((await publish(backbone, 'm3')).status).toBe('ok');
    });
  });

  describe('dedupEntriesPerPublisherMax (§8)', () => {
    const overloaded = {
      code: 'OVERLOADED',
      retry: true,
      message: expect.stringContaining('dedupEntriesPerPublisherMax'),
    };

    it('refuses a new id of a publisher that has this many, over all topics, and nobody else’s', async () => {
      const { backbone } = make({ dedupEntriesPerPublisherMax: 3 });
      const first = await publish(backbone, 'm1');
      await publish(backbone, 'm2', { topic: 'b' });
      await publish(backbone, 'm3', { topic: 'c' });
      for (const topic of ['a', 'd']) {
        await expect(publish(backbone, 'm4', { topic })).rejects.toMatchObject(overloaded);
      }
      expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
      for (const id of ids(3)) expect((await publish(backbone, id, { publisher: 'bob' })).status).toBe('ok');
      expect(await storedIds(backbone)).toEqual(['m1', 'm1', 'm2', 'm3']);
    });

    it('says when the publisher’s oldest id leaves, whatever others publish; then one more fits', async () => {
      const { backbone, clock } = make({ dedupEntriesPerPublisherMax: 2, dedupWindowMs: 1_000 });
      await publish(backbone, 'b1', { publisher: 'bob' });
      await clock.advance(100);
      await publish(backbone, 'm1');
      await clock.advance(100);
      await publish(backbone, 'm2');
      await clock.advance(100);
      await expect(publish(backbone, 'm3')).rejects.toMatchObject({ ...overloaded, afterMs: 800 });
      await clock.advance(799);
      await expect(publish(backbone, 'm3')).rejects.toMatchObject({ ...overloaded, afterMs: 1 });
      await clock.advance(1);
      expect((await publish(backbone, 'm3')).status).toBe('ok');
      await expect(publish(backbone, 'm4')).rejects.toMatchObject({ ...overloaded, afterMs: 100 });
    });

    it('duplicates and refused publishes take no room', async () => {
      const { backbone } = make({ dedupEntriesPerPublisherMax: 2, stateKeysMax: 1 });
      await publish(backbone, 'm1', { key: 'x' });
      for (let attempt = 0; attempt < 5; attempt++) {
        await publish(backbone, 'm1', { key: 'x' });
        await expect(publish(backbone, 'm1', { payload: 'other' })).rejects.toThrow();
        await expect(publish(backbone, 'm2', { key: 'y' })).rejects.toThrow();
        await expect(publish(backbone, 'm3', { expectSeqNo: 77 })).rejects.toThrow();
      }
      expect((await publish(backbone, 'm2', { key: 'x' })).status).toBe('ok');
    });

    it('many ids that leave at the same moment make room at once', async () => {
      const { backbone, clock } = make({ dedupEntriesPerPublisherMax: 50, dedupEntriesMax: 60, dedupWindowMs: 100 });
      for (let round = 0; round < 4; round++) {
        for (const id of ids(50)) expect((await publish(backbone, id)).status).toBe('ok');
        for (const id of ids(10)) expect((await publish(backbone, id, { publisher: 'bob' })).status).toBe('ok');
        await expect(publish(backbone, 'm51')).rejects.toMatchObject(overloaded);
        await expect(publish(backbone, 'm51', { publisher: 'bob' })).rejects.toMatchObject({
          message: expect.stringContaining('dedupEntriesMax'),
        });
        await clock.advance(100);
      }
    });
  });
}
