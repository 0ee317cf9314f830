import { expect } from 'vitest';
import type { Entry, MessageExtras } from '../src/index.ts';
import { publish, stored } from './harness.ts';
import type { Rules } from './trial.ts';

const signature = { alg: 'Ed25519', keyId: 'desk-1', value: 'c2lnbmVk' };

const given: readonly MessageExtras[] = [
  {},
  { key: 'eurusd' },
  { ref: 'm1' },
  { by: 'ann' },
  { ttlMs: 60_000 },
  { signature },
  { key: 'gbpusd', ref: 'm2', by: 'bob', ttlMs: 60_000, signature },
];

/** The fields of an entry that its publisher gave, without those that have no value. */
function extrasOf({ key, ref, by, ttlMs, signature }: Entry): MessageExtras {
  return JSON.parse(JSON.stringify({ key, ref, by, ttlMs, signature }));
}

/** What a publisher gives with the payload. §4.4. */
export const extrasRules = {
  'reaches listeners, read and tail unchanged, and nothing is added': async ({ make, listen }) => {
    const { backbone } = await make();
    const hearing = await listen(backbone);
    for (const [at, extras] of given.entries()) await publish(backbone, `m${at}`, extras);
    await hearing.heard(given.length);
    expect(hearing.entries.map(extrasOf)).toEqual(given);
    expect((await stored(backbone)).map(extrasOf)).toEqual(given);
    expect((await backbone.tail('a', given.length)).entries.map(extrasOf)).toEqual(given);
  },

  'reaches snapshots unchanged': async ({ make }) => {
    const { backbone } = await make();
    for (const [at, extras] of given.entries()) {
      const topic = `t${at}`;
      await publish(backbone, 'm', { ...extras, topic });
      expect((await backbone.snapshot(topic)).entries.map(extrasOf)).toEqual([extras]);
    }
  },

  'is content: the same messageId with another key, ref, ttlMs or signature is MESSAGE_ID_CONFLICT (I2)': async ({
    make,
  }) => {
    const { backbone } = await make();
    const full = { key: 'k', ref: 'r', ttlMs: 1_000, signature };
    const { position } = await publish(backbone, 'm1', full);
    const others: MessageExtras[] = [
      { ...full, key: 'other' },
      { ...full, key: undefined },
      { ...full, ref: 'other' },
      { ...full, ref: undefined },
      { ...full, ttlMs: 1_001 },
      { ...full, ttlMs: undefined },
      { ...full, signature: { ...signature, value: 'b3RoZXI' } },
      { ...full, signature: { ...signature, alg: 'HS256' } },
      { ...full, signature: { ...signature, keyId: 'desk-2' } },
      { ...full, signature: undefined },
    ];
    for (const other of others) {
      await expect(publish(backbone, 'm1', other)).rejects.toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
    }
    expect(await publish(backbone, 'm1', full)).toEqual({ status: 'duplicate', position });
    expect(await stored(backbone)).toHaveLength(1);
  },

  'is no content in by: it is the gateway that names the publisher': async ({ make }) => {
    const { backbone } = await make();
    const { position } = await publish(backbone, 'm1', { by: 'ann' });
    expect(await publish(backbone, 'm1', { by: 'ann-2' })).toEqual({ status: 'duplicate', position });
  },
} satisfies Rules;
