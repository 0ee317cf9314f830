import { expect } from 'vitest';
import { ids, publish, stateIds, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

const overloaded = { code: 'OVERLOADED', retry: true, message: expect.stringContaining('stateKeysMax') };

/** stateKeysMax. §8. */
export const keyBoundRules = {
  'refuses a message with one key more; known keys, no key, and other topics go on': async ({ make }) => {
    const { backbone } = await make({ stateKeysMax: 2 });
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2');
    await publish(backbone, 'm3', { key: 'y' });
    await expect(publish(backbone, 'm4', { key: 'z' })).rejects.toMatchObject(overloaded);
    expect(await storedIds(backbone)).toEqual(['m1', 'm2', 'm3']);
    await publish(backbone, 'm5', { key: 'x' });
    await publish(backbone, 'm6');
    await publish(backbone, 'm1', { topic: 'b', key: 'z' });
    expect(await stateIds(backbone)).toEqual(['m3', 'm5', 'm6']);
  },

  'a refused message is not remembered, and fits when a key has been removed': async ({ make }) => {
    const { backbone } = await make({ stateKeysMax: 1 });
    await publish(backbone, 'm1', { key: 'x' });
    await expect(publish(backbone, 'm2', { key: 'y' })).rejects.toMatchObject(overloaded);
    await publish(backbone, 'm3', { key: 'x', payload: null });
    expect((await publish(backbone, 'm2', { key: 'y' })).status).toBe('ok');
    expect(await stateIds(backbone)).toEqual(['m2']);
  },

  'removing an unknown key needs no room': async ({ make }) => {
    const { backbone } = await make({ stateKeysMax: 1 });
    await publish(backbone, 'm1', { key: 'x' });
    expect((await publish(backbone, 'm2', { key: 'y', payload: null })).status).toBe('ok');
  },

  'keys whose ttl has passed do not count': async ({ make }) => {
    const { backbone, clock } = await make({ stateKeysMax: 20 });
    // Others that expire first, so that these keys are not the next ones to be cleared away.
    for (const id of ids(20)) await publish(backbone, id, { topic: 'b', key: id, ttlMs: 10 });
    for (let at = 0; at < 20; at++) await publish(backbone, `m${at}`, { key: `old${at}`, ttlMs: 10 });
    await clock.advance(9);
    await expect(publish(backbone, 'n0', { key: 'new0' })).rejects.toMatchObject(overloaded);
    await clock.advance(1);
    for (let at = 0; at < 20; at++) await publish(backbone, `n${at}`, { key: `new${at}` });
    await expect(publish(backbone, 'n20', { key: 'new20' })).rejects.toMatchObject(overloaded);
    expect(await stateIds(backbone)).toHaveLength(20);
  },
} satisfies Rules;
