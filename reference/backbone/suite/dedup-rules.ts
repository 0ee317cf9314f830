import { expect } from 'vitest';
import { type Publish, publish, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

/** Dedup. I2. */
export const dedupRules = {
  'the same id with the same payload is stored once and answered with the first position': async (trial) => {
    const { backbone } = await trial.make();
    const hearing = await trial.listen(backbone);
    const first = await publish(backbone, 'm1', { payload: { a: [1, 'x'] } });
    await publish(backbone, 'm2');
    const again = await publish(backbone, 'm1', { payload: { a: [1, 'x'] } });
    expect(first.status).toBe('ok');
    expect(again).toEqual({ status: 'duplicate', position: first.position });
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
    await publish(backbone, 'm3');
    expect(await hearing.heardId('m3')).toEqual(['m1', 'm2', 'm3']);
  },

  'two publishes of one id in one turn are one message': async ({ make }) => {
    const { backbone } = await make();
    const results = await Promise.all([publish(backbone, 'm1'), publish(backbone, 'm1')]);
    expect(results.map(({ status }) => status)).toEqual(['ok', 'duplicate']);
    expect(await storedIds(backbone)).toEqual(['m1']);
  },

  'the same id with another payload is MESSAGE_ID_CONFLICT, and nothing is stored': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1', { payload: 1 });
    for (const payload of [2, '1', null, [1], { a: 1 }]) {
      await expect(publish(backbone, 'm1', { payload })).rejects.toMatchObject({
        name: 'ProtocolError',
        code: 'MESSAGE_ID_CONFLICT',
      });
    }
    expect(await storedIds(backbone)).toEqual(['m1']);
    expect((await publish(backbone, 'm1', { payload: 1 })).status).toBe('duplicate');
  },

  'ids of different publishers never meet': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1', { publisher: 'ann', payload: 1 });
    expect((await publish(backbone, 'm1', { publisher: 'bob', payload: 2 })).status).toBe('ok');
    expect(await storedIds(backbone)).toEqual(['m1', 'm1']);
  },

  'ids of different topics never meet': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1', { topic: 'a', payload: 1 });
    expect((await publish(backbone, 'm1', { topic: 'b', payload: 2 })).status).toBe('ok');
  },

  'topic, publisher and id cannot be mistaken for parts of each other': async ({ make }) => {
    const pairs: [Publish, string, Publish, string][] = [
      [{ topic: 'a', publisher: 'bc' }, 'd', { topic: 'a', publisher: 'c' }, 'db'],
      [{ topic: 'a.b', publisher: 'x' }, 'c', { topic: 'a', publisher: 'x' }, 'b.c'],
      [{ topic: 'a', publisher: 'x:y' }, 'z', { topic: 'a', publisher: 'y' }, 'z:x'],
    ];
    for (const [one, firstId, two, secondId] of pairs) {
      const { backbone } = await make();
      await publish(backbone, firstId, { ...one, payload: 1 });
      expect((await publish(backbone, secondId, { ...two, payload: 2 })).status).toBe('ok');
    }
  },

  'an id is remembered for exactly dedupWindowMs': async ({ make }) => {
    const { backbone, clock } = await make({ dedupWindowMs: 1_000 });
    expect(backbone.dedupWindowMs).toBe(1_000);
    const first = await publish(backbone, 'm1');
    await clock.advance(999);
    expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
    await clock.advance(1);
    const again = await publish(backbone, 'm1');
    expect(again.status).toBe('ok');
    expect(again.position.seqNo).toBeGreaterThan(first.position.seqNo);
  },

  'a duplicate does not keep its id alive longer': async ({ make }) => {
    const { backbone, clock } = await make({ dedupWindowMs: 1_000 });
    await publish(backbone, 'm1');
    await clock.advance(600);
    await publish(backbone, 'm1');
    await clock.advance(600);
    expect((await publish(backbone, 'm1')).status).toBe('ok');
  },

  'after the window the same id may carry something else': async ({ make }) => {
    const { backbone, clock } = await make({ dedupWindowMs: 1_000 });
    await publish(backbone, 'm1', { payload: 1 });
    await clock.advance(1_001);
    expect((await publish(backbone, 'm1', { payload: 2 })).status).toBe('ok');
  },

  'an id outlives the message that it belongs to': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 1 });
    const first = await publish(backbone, 'm1');
    await publish(backbone, 'm2');
    expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
  },
} satisfies Rules;
