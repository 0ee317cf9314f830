import fc from 'fast-check';
import { expect } from 'vitest';
import { ids, publish, publishAll, stateIds, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

const overloaded = { code: 'OVERLOADED', message: expect.stringContaining('historyBytesMax') };

/** historyBytesMax. §8. */
export const byteBoundRules = {
  'gives up the oldest messages of the topic that is written to, and of no other, to stay in historyBytesMax': async ({
    make,
  }) => {
    const { backbone } = await make({ historyBytesMax: 100 });
    await publishAll(backbone, ids(4, 'b'), { topic: 'b', sizeBytes: 10 });
    await publishAll(backbone, ids(3), { sizeBytes: 20 });
    await publish(backbone, 'm4', { sizeBytes: 40 });
    expect(await storedIds(backbone)).toEqual(['m3', 'm4']);
    await publish(backbone, 'm5', { sizeBytes: 60 });
    expect(await storedIds(backbone)).toEqual(['m5']);
    expect(await storedIds(backbone, 'b')).toEqual(ids(4, 'b'));
  },

  'a message that fills historyBytesMax to the byte is kept': async ({ make }) => {
    const { backbone } = await make({ historyBytesMax: 100 });
    await publishAll(backbone, ids(2), { sizeBytes: 50 });
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
  },

  'bytes that were given up can be used again, by any topic': async ({ make }) => {
    const { backbone } = await make({ historyBytesMax: 100, historyLengthMax: 2 });
    for (let round = 0; round < 10; round++) {
      await publishAll(backbone, ids(5, `r${round}.`), { sizeBytes: 25 });
      await publishAll(backbone, ids(5, `s${round}.`), { topic: 'b', sizeBytes: 25 });
    }
    expect(await storedIds(backbone)).toEqual(['r9.4', 'r9.5']);
    expect(await storedIds(backbone, 'b')).toEqual(['s9.4', 's9.5']);
  },

  'a publish that cannot be made room for is OVERLOADED, can be retried, and takes nothing from the history': async ({
    make,
  }) => {
    const { backbone } = await make({ historyBytesMax: 100 });
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
  },

  'forgets topics that nobody listens to when the topic written to has nothing more to give': async ({ make }) => {
    const { backbone } = await make({ historyBytesMax: 100 });
    await publishAll(backbone, ids(6, 'b'), { topic: 'b', sizeBytes: 10 });
    await publish(backbone, 'm1', { sizeBytes: 60 });
    expect(await storedIds(backbone)).toEqual(['m1']);
    expect(await storedIds(backbone, 'b')).toEqual([]);
  },

  'any mix of topics and sizes keeps the newest messages of each topic, without a hole, within both bounds': async (
    trial,
  ) => {
    const step = fc.record({ topic: fc.constantFrom('a', 'b', 'c'), sizeBytes: fc.integer({ min: 1, max: 40 }) });
    await trial.property(60, fc.array(step, { maxLength: 40 }), async (steps) => {
      const { backbone } = await trial.make({ historyBytesMax: 200, historyLengthMax: 6 });
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
    });
  },

  'an entry that is in the history and in the state is charged once': async ({ make }) => {
    const { backbone } = await make({ historyBytesMax: 100 });
    for (const id of ids(5)) await publish(backbone, id, { key: id, sizeBytes: 20 });
    expect(await storedIds(backbone)).toEqual(ids(5));
    expect(await stateIds(backbone)).toEqual(ids(5));
  },

  'the history gives way to the state, and the state to nothing': async ({ make }) => {
    const { backbone } = await make({ historyBytesMax: 100 });
    for (const id of ids(4)) await publish(backbone, id, { key: id, sizeBytes: 20 });
    await publish(backbone, 'x1', { sizeBytes: 15 });
    await publish(backbone, 'x2', { sizeBytes: 15 });
    expect(await stateIds(backbone)).toEqual([...ids(4), 'x2']);
    expect(await storedIds(backbone)).toEqual(['x2']);
    await expect(publish(backbone, 'x3', { sizeBytes: 21 })).rejects.toMatchObject(overloaded);
    await expect(publish(backbone, 'x3', { key: 'new', sizeBytes: 6 })).rejects.toMatchObject(overloaded);
    expect(await stateIds(backbone)).toEqual([...ids(4), 'x2']);
    expect(await storedIds(backbone)).toEqual(['x2']);
    // The room of an entry goes to the one that takes its place.
    await publish(backbone, 'm5', { key: 'm1', sizeBytes: 25 });
    expect(await stateIds(backbone)).toEqual(['m2', 'm3', 'm4', 'x2', 'm5']);
  },

  'a removed key gives its room back, beside what the removing message takes': async ({ make }) => {
    const { backbone } = await make({ historyBytesMax: 100, historyLengthMax: 1 });
    await publish(backbone, 'm1', { key: 'x', sizeBytes: 60 });
    await publish(backbone, 'm2', { key: 'y', sizeBytes: 30 });
    await expect(publish(backbone, 'm3', { key: 'z', sizeBytes: 70 })).rejects.toMatchObject(overloaded);
    await publish(backbone, 'm4', { key: 'x', payload: null, sizeBytes: 5 });
    expect((await publish(backbone, 'm3', { key: 'z', sizeBytes: 70 })).status).toBe('ok');
    expect(await stateIds(backbone)).toEqual(['m2', 'm3']);
  },

  'state whose ttl has passed is given up before any history, whichever topic it belongs to': async ({ make }) => {
    const { backbone, clock } = await make({ historyBytesMax: 100, historyLengthMax: 2 });
    await backbone.subscribe('b', () => {});
    for (const id of ids(8)) await publish(backbone, id, { topic: 'b', key: id, ttlMs: 10, sizeBytes: 10 });
    await publish(backbone, 'm1', { sizeBytes: 10 });
    await expect(publish(backbone, 'm2', { sizeBytes: 50 })).rejects.toMatchObject(overloaded);
    await clock.advance(10);
    await publish(backbone, 'm2', { sizeBytes: 50 });
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
    expect(await storedIds(backbone, 'b')).toEqual(['m7', 'm8']);
  },

  'a topic that is forgotten takes its state with it and begins a new epoch': async ({ make }) => {
    const { backbone } = await make({ historyBytesMax: 100, historyLengthMax: 1 });
    for (const id of ids(5)) await publish(backbone, id, { topic: 'b', key: id, sizeBytes: 10 });
    const { head } = await backbone.snapshot('b');
    await publish(backbone, 'm1', { sizeBytes: 60 });
    expect(await stateIds(backbone, 'b')).toEqual([]);
    expect((await backbone.head('b')).epoch).not.toBe(head.epoch);
    // All of its room is free again.
    expect((await publish(backbone, 'n1', { topic: 'b', sizeBytes: 40 })).status).toBe('ok');
    expect(await stateIds(backbone)).toEqual(['m1']);
  },
} satisfies Rules;
