import { expect } from 'vitest';
import { ids, publish, request, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

const overloaded = {
  code: 'OVERLOADED',
  retry: true,
  message: expect.stringContaining('dedupEntriesPerPublisherMax'),
};

/** dedupEntriesMax and dedupEntriesPerPublisherMax. §8. */
export const idBoundRules = {
  'refuses new ids with OVERLOADED and stores nothing; known ids are answered as ever': async ({ make }) => {
    const { backbone } = await make({ dedupEntriesMax: 2 });
    const first = await publish(backbone, 'm1');
    await publish(backbone, 'm2');
    await expect(backbone.publish(request('m3'))).rejects.toMatchObject({
      code: 'OVERLOADED',
      retry: true,
      message: expect.stringContaining('dedupEntriesMax'),
    });
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
    expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
  },

  'an id that was refused can be published when an older one has left: it was not remembered': async ({ make }) => {
    const { backbone, clock } = await make({ dedupEntriesMax: 1, dedupWindowMs: 1_000 });
    await publish(backbone, 'm1');
    await expect(publish(backbone, 'm2')).rejects.toMatchObject({ code: 'OVERLOADED' });
    await clock.advance(1_000);
    expect((await publish(backbone, 'm2')).status).toBe('ok');
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
  },

  'says when the next id leaves': async ({ make }) => {
    const { backbone, clock } = await make({ dedupEntriesMax: 2, dedupWindowMs: 1_000 });
    await publish(backbone, 'm1');
    await clock.advance(300);
    await publish(backbone, 'm2');
    await expect(publish(backbone, 'm3')).rejects.toMatchObject({ afterMs: 700 });
    await clock.advance(700);
    expect((await publish(backbone, 'm3')).status).toBe('ok');
  },

  'refuses a new id of a publisher that has this many, over all topics, and nobody else’s': async ({ make }) => {
    const { backbone } = await make({ dedupEntriesPerPublisherMax: 3 });
    const first = await publish(backbone, 'm1');
    await publish(backbone, 'm2', { topic: 'b' });
    await publish(backbone, 'm3', { topic: 'c' });
    for (const topic of ['a', 'd']) {
      await expect(publish(backbone, 'm4', { topic })).rejects.toMatchObject(overloaded);
    }
    expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
    for (const id of ids(3)) expect((await publish(backbone, id, { publisher: 'bob' })).status).toBe('ok');
    expect(await storedIds(backbone)).toEqual(['m1', 'm1', 'm2', 'm3']);
  },

  'says when the publisher’s oldest id leaves, whatever others publish; then one more fits': async ({ make }) => {
    const { backbone, clock } = await make({ dedupEntriesPerPublisherMax: 2, dedupWindowMs: 1_000 });
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
  },

  'duplicates and refused publishes take no room': async ({ make }) => {
    const { backbone } = await make({ dedupEntriesPerPublisherMax: 2, stateKeysMax: 1 });
    await publish(backbone, 'm1', { key: 'x' });
    for (let attempt = 0; attempt < 5; attempt++) {
      await publish(backbone, 'm1', { key: 'x' });
      await expect(publish(backbone, 'm1', { payload: 'other' })).rejects.toThrow();
      await expect(publish(backbone, 'm2', { key: 'y' })).rejects.toThrow();
      await expect(publish(backbone, 'm3', { expectSeqNo: 77 })).rejects.toThrow();
    }
    expect((await publish(backbone, 'm2', { key: 'x' })).status).toBe('ok');
  },

  'many ids that leave at the same moment make room at once': async ({ make }) => {
    const { backbone, clock } = await make({
      dedupEntriesPerPublisherMax: 50,
      dedupEntriesMax: 60,
      dedupWindowMs: 100,
    });
    for (let round = 0; round < 4; round++) {
      for (const id of ids(50)) expect((await publish(backbone, id)).status).toBe('ok');
      for (const id of ids(10)) expect((await publish(backbone, id, { publisher: 'bob' })).status).toBe('ok');
      await expect(publish(backbone, 'm51')).rejects.toMatchObject(overloaded);
      await expect(publish(backbone, 'm51', { publisher: 'bob' })).rejects.toMatchObject({
        message: expect.stringContaining('dedupEntriesMax'),
      });
      await clock.advance(100);
    }
  },
} satisfies Rules;
