import { expect } from 'vitest';
import type { Entry } from '../src/index.ts';
import { ids, idsOf, publish, publishAll, stateIds, stored, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

/** What the state must be after these entries, which are all that the topic ever had. No ttl has passed. */
function stateAfter(entries: readonly Entry[]): string[] {
  const newest = (entry: Entry) => entries.findLast(({ key }) => key === entry.key) === entry;
  return idsOf(entries.filter((entry) => newest(entry) && (entry.key === undefined || entry.payload !== null)));
}

/** State. §5.6. */
export const stateRules = {
  'has the newest entry of each key and the newest without a key, oldest first': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2');
    await publish(backbone, 'm3', { key: 'y' });
    await publish(backbone, 'm4', { key: 'x' });
    await publish(backbone, 'm5', { key: 'z' });
    await publish(backbone, 'm6');
    expect(await stateIds(backbone)).toEqual(['m3', 'm4', 'm5', 'm6']);
    const { head, entries } = await backbone.snapshot('a');
    expect(head).toEqual(await backbone.head('a'));
    const whole = new Map((await stored(backbone)).map((entry) => [entry.seqNo, entry]));
    for (const entry of entries) expect(entry).toEqual(whole.get(entry.seqNo));
  },

  'of a topic without messages has no entries and stands at seqNo 0': async ({ make }) => {
    const { backbone } = await make();
    expect(await backbone.snapshot('nobody')).toMatchObject({ head: { seqNo: 0 }, entries: [] });
    const { head } = await backbone.subscribe('a', () => {});
    expect(await backbone.snapshot('a')).toEqual({ head, entries: [] });
  },

  'is each topic’s own': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2', { topic: 'b', key: 'x' });
    expect(await stateIds(backbone, 'a')).toEqual(['m1']);
    expect(await stateIds(backbone, 'b')).toEqual(['m2']);
  },

  'keeps entries that have left the history': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 2 });
    const { position } = await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2');
    await publishAll(backbone, ids(5, 'y'), { key: 'y' });
    expect(await stateIds(backbone)).toEqual(['m1', 'm2', 'y5']);
    expect(await storedIds(backbone)).toEqual(['y4', 'y5']);
    // It is state, and no longer a place that a reader could go on from (I6).
    expect(await backbone.anchor('a', position)).toBe(false);
  },

  'a key whose entry has left the history goes on with the next one': async ({ make }) => {
    const { backbone } = await make({ historyLengthMax: 1 });
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2', { key: 'y' });
    await publish(backbone, 'm3', { key: 'x' });
    expect(await stateIds(backbone)).toEqual(['m2', 'm3']);
  },

  'null with a key removes the key, and is an ordinary message otherwise': async ({ make, listen }) => {
    const { backbone } = await make();
    const hearing = await listen(backbone);
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2', { key: 'y' });
    await publish(backbone, 'm3', { key: 'x', payload: null });
    expect(await stateIds(backbone)).toEqual(['m2']);
    expect(await storedIds(backbone)).toEqual(['m1', 'm2', 'm3']);
    expect(await hearing.heard(3)).toEqual(['m1', 'm2', 'm3']);
    expect((await backbone.snapshot('a')).head).toMatchObject({ messageId: 'm3' });
    await publish(backbone, 'm4', { key: 'x' });
    expect(await stateIds(backbone)).toEqual(['m2', 'm4']);
  },

  'null without a key is the newest message without a key, and null inside a payload removes nothing': async ({
    make,
  }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1');
    await publish(backbone, 'm2', { payload: null });
    await publish(backbone, 'm3', { key: 'x', payload: [null] });
    expect(await stateIds(backbone)).toEqual(['m2', 'm3']);
  },

  'removing a key that is not there changes no state': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2', { key: 'y', payload: null });
    expect(await stateIds(backbone)).toEqual(['m1']);
  },

  'leaves out an entry from exactly ttlMs after its time on, and the log keeps it': async ({ make }) => {
    const { backbone, clock } = await make();
    await publish(backbone, 'm1', { key: 'x', ttlMs: 1_000 });
    await publish(backbone, 'm2', { ttlMs: 2_000 });
    await clock.advance(999);
    expect(await stateIds(backbone)).toEqual(['m1', 'm2']);
    await clock.advance(1);
    expect(await stateIds(backbone)).toEqual(['m2']);
    await clock.advance(1_000);
    expect(await stateIds(backbone)).toEqual([]);
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
    expect(idsOf((await backbone.tail('a', 5)).entries)).toEqual(['m1', 'm2']);
  },

  'an older entry of the key does not come back when the newest one has expired': async ({ make }) => {
    const { backbone, clock } = await make();
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2', { key: 'x', ttlMs: 10 });
    await clock.advance(10);
    expect(await stateIds(backbone)).toEqual([]);
    await publish(backbone, 'm3', { key: 'x' });
    await clock.advance(10);
    expect(await stateIds(backbone)).toEqual(['m3']);
  },

  'the ttl of an entry that was replaced or removed counts no more': async ({ make }) => {
    const { backbone, clock } = await make();
    await publish(backbone, 'm1', { key: 'x', ttlMs: 10 });
    await publish(backbone, 'm2', { key: 'x' });
    await publish(backbone, 'm3', { key: 'y', ttlMs: 10 });
    await publish(backbone, 'm4', { key: 'y', payload: null });
    await publish(backbone, 'm5', { key: 'y', ttlMs: 30 });
    await clock.advance(10);
    await publish(backbone, 'm6');
    expect(await stateIds(backbone)).toEqual(['m2', 'm5', 'm6']);
  },

  'a duplicate changes no state (I2)': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2', { key: 'x', payload: null });
    expect((await publish(backbone, 'm1', { key: 'x' })).status).toBe('duplicate');
    expect(await stateIds(backbone)).toEqual([]);
  },

  'is the state at its head, whatever is published meanwhile, and what follows the head completes it': async (
    trial,
  ) => {
    const { backbone } = await trial.make();
    const hearing = await trial.listen(backbone);
    const asked: ReturnType<typeof backbone.snapshot>[] = [];
    const published: Promise<unknown>[] = [];
    for (let at = 0; at < 60; at++) {
      const payload = at % 7 === 0 ? null : at;
      published.push(publish(backbone, `m${at}`, at % 5 === 0 ? {} : { key: `k${at % 4}`, payload }));
      asked.push(backbone.snapshot('a'));
      if (at % 11 === 0) await published.at(-1);
    }
    await Promise.all(published);
    const log = await stored(backbone);
    await hearing.heard(log.length);
    expect(hearing.entries).toEqual(log);
    for (const { head, entries } of await Promise.all(asked)) {
      expect(idsOf(entries)).toEqual(stateAfter(log.filter(({ seqNo }) => seqNo <= head.seqNo)));
      expect(log.some(({ seqNo }) => seqNo === head.seqNo) || head.seqNo === 0).toBe(true);
    }
  },

  'has every message whose publish was answered before it was asked for': async ({ make }) => {
    const { backbone } = await make();
    for (let at = 0; at < 10; at++) {
      const { position } = await publish(backbone, `m${at}`, { key: `k${at % 3}` });
      const { head, entries } = await backbone.snapshot('a');
      expect(head).toEqual(position);
      expect(entries.at(-1)?.seqNo).toBe(position.seqNo);
    }
  },

  'an answer of snapshot does not change afterwards': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1', { key: 'x' });
    const { entries } = await backbone.snapshot('a');
    await publish(backbone, 'm2', { key: 'x' });
    await publish(backbone, 'm3', { key: 'y' });
    expect(idsOf(entries)).toEqual(['m1']);
  },
} satisfies Rules;
