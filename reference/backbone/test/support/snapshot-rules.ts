import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/index.ts';
import { ids, idsOf, type MakeBackbone, publish, publishAll, stateIds, stored, storedIds } from './harness.ts';

/** What the state must be after these entries, which are all that the topic ever had. No ttl has passed. */
function stateAfter(entries: readonly Entry[]): string[] {
  const newest = (entry: Entry) => entries.findLast(({ key }) => key === entry.key) === entry;
  return idsOf(entries.filter((entry) => newest(entry) && (entry.key === undefined || entry.payload !== null)));
}

export function snapshotRules(make: MakeBackbone): void {
  describe('snapshot (§5.6)', () => {
    it('has the newest entry of each key and the newest without a key, oldest first', async () => {
      const { backbone } = make();
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
    });

    it('of a topic without messages has no entries and stands at seqNo 0', async () => {
      const { backbone } = make();
      expect(await backbone.snapshot('nobody')).toMatchObject({ head: { seqNo: 0 }, entries: [] });
      const { head } = await backbone.subscribe('a', () => {});
      expect(await backbone.snapshot('a')).toEqual({ head, entries: [] });
    });

    it('is each topic’s own', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1', { key: 'x' });
      await publish(backbone, 'm2', { topic: 'b', key: 'x' });
      expect(await stateIds(backbone, 'a')).toEqual(['m1']);
      expect(await stateIds(backbone, 'b')).toEqual(['m2']);
    });

    it('keeps entries that have left the history', async () => {
      const { backbone } = make({ historyLengthMax: 2 });
      const { position } = await publish(backbone, 'm1', { key: 'x' });
      await publish(backbone, 'm2');
      await publishAll(backbone, ids(5, 'y'), { key: 'y' });
      expect(await stateIds(backbone)).toEqual(['m1', 'm2', 'y5']);
      expect(await storedIds(backbone)).toEqual(['y4', 'y5']);
      // It is state, and no longer a place that a reader could go on from (I6).
      expect(await backbone.anchor('a', position)).toBe(false);
    });

    it('a key whose entry has left the history goes on with the next one', async () => {
      const { backbone } = make({ historyLengthMax: 1 });
      await publish(backbone, 'm1', { key: 'x' });
      await publish(backbone, 'm2', { key: 'y' });
      await publish(backbone, 'm3', { key: 'x' });
      expect(await stateIds(backbone)).toEqual(['m2', 'm3']);
    });

    it('null with a key removes the key, and is an ordinary message otherwise', async () => {
      const { backbone } = make();
      const heard: Entry[] = [];
      await backbone.subscribe('a', (entry) => heard.push(entry));
      await publish(backbone, 'm1', { key: 'x' });
      await publish(backbone, 'm2', { key: 'y' });
      await publish(backbone, 'm3', { key: 'x', payload: null });
      expect(await stateIds(backbone)).toEqual(['m2']);
      expect(await storedIds(backbone)).toEqual(['m1', 'm2', 'm3']);
      expect(idsOf(heard)).toEqual(['m1', 'm2', 'm3']);
      expect((await backbone.snapshot('a')).head).toMatchObject({ messageId: 'm3' });
      await publish(backbone, 'm4', { key: 'x' });
      expect(await stateIds(backbone)).toEqual(['m2', 'm4']);
    });

    it('null without a key is the newest message without a key, and null inside a payload removes nothing', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1');
      await publish(backbone, 'm2', { payload: null });
      await publish(backbone, 'm3', { key: 'x', payload: [null] });
      expect(await stateIds(backbone)).toEqual(['m2', 'm3']);
    });

    it('removing a key that is not there changes no state', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1', { key: 'x' });
      await publish(backbone, 'm2', { key: 'y', payload: null });
      expect(await stateIds(backbone)).toEqual(['m1']);
    });

    it('leaves out an entry from exactly ttlMs after its time on, and the log keeps it', async () => {
      const { backbone, clock } = make();
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
    });

    it('an older entry of the key does not come back when the newest one has expired', async () => {
      const { backbone, clock } = make();
      await publish(backbone, 'm1', { key: 'x' });
      await publish(backbone, 'm2', { key: 'x', ttlMs: 10 });
      await clock.advance(10);
      expect(await stateIds(backbone)).toEqual([]);
      await publish(backbone, 'm3', { key: 'x' });
      await clock.advance(10);
      expect(await stateIds(backbone)).toEqual(['m3']);
    });

    it('the ttl of an entry that was replaced or removed counts no more', async () => {
      const { backbone, clock } = make();
      await publish(backbone, 'm1', { key: 'x', ttlMs: 10 });
      await publish(backbone, 'm2', { key: 'x' });
      await publish(backbone, 'm3', { key: 'y', ttlMs: 10 });
      await publish(backbone, 'm4', { key: 'y', payload: null });
      await publish(backbone, 'm5', { key: 'y', ttlMs: 30 });
      await clock.advance(10);
      await publish(backbone, 'm6');
      expect(await stateIds(backbone)).toEqual(['m2', 'm5', 'm6']);
    });

    it('a duplicate changes no state (I2)', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1', { key: 'x' });
      await publish(backbone, 'm2', { key: 'x', payload: null });
      expect((await publish(backbone, 'm1', { key: 'x' })).status).toBe('duplicate');
      expect(await stateIds(backbone)).toEqual([]);
    });

    it('is the state at its head, whatever is published meanwhile, and what follows the head completes it', async () => {
      const { backbone } = make();
      const heard: Entry[] = [];
      await backbone.subscribe('a', (entry) => heard.push(entry));
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
      for (const { head, entries } of await Promise.all(asked)) {
        expect(idsOf(entries)).toEqual(stateAfter(log.filter(({ seqNo }) => seqNo <= head.seqNo)));
        expect(heard.filter(({ seqNo }) => seqNo > head.seqNo)).toEqual(log.filter(({ seqNo }) => seqNo > head.seqNo));
      }
    });

    it('has every message whose publish was answered before it was asked for', async () => {
      const { backbone } = make();
      for (let at = 0; at < 10; at++) {
        const { position } = await publish(backbone, `m${at}`, { key: `k${at % 3}` });
        const { head, entries } = await backbone.snapshot('a');
        expect(head).toEqual(position);
        expect(entries.at(-1)?.seqNo).toBe(position.seqNo);
      }
    });

    it('an answer does not change afterwards', async () => {
      const { backbone } = make();
      await publish(backbone, 'm1', { key: 'x' });
      const { entries } = await backbone.snapshot('a');
      await publish(backbone, 'm2', { key: 'x' });
      await publish(backbone, 'm3', { key: 'y' });
      expect(idsOf(entries)).toEqual(['m1']);
    });
  });

  describe('stateKeysMax (§8)', () => {
    const overloaded = { code: 'OVERLOADED', retry: true, message: expect.stringContaining('stateKeysMax') };

    it('refuses a message with one key more; known keys, no key, and other topics go on', async () => {
      const { backbone } = make({ stateKeysMax: 2 });
      await publish(backbone, 'm1', { key: 'x' });
      await publish(backbone, 'm2');
      await publish(backbone, 'm3', { key: 'y' });
      await expect(publish(backbone, 'm4', { key: 'z' })).rejects.toMatchObject(overloaded);
      expect(await storedIds(backbone)).toEqual(['m1', 'm2', 'm3']);
      await publish(backbone, 'm5', { key: 'x' });
      await publish(backbone, 'm6');
      await publish(backbone, 'm1', { topic: 'b', key: 'z' });
      expect(await stateIds(backbone)).toEqual(['m3', 'm5', 'm6']);
    });

    it('a refused message is not remembered, and fits when a key has been removed', async () => {
      const { backbone } = make({ stateKeysMax: 1 });
      await publish(backbone, 'm1', { key: 'x' });
      await expect(publish(backbone, 'm2', { key: 'y' })).rejects.toMatchObject(overloaded);
      await publish(backbone, 'm3', { key: 'x', payload: null });
      expect((await publish(backbone, 'm2', { key: 'y' })).status).toBe('ok');
      expect(await stateIds(backbone)).toEqual(['m2']);
    });

    it('removing an unknown key needs no room', async () => {
      const { backbone } = make({ stateKeysMax: 1 });
      await publish(backbone, 'm1', { key: 'x' });
      expect((await publish(backbone, 'm2', { key: 'y', payload: null })).status).toBe('ok');
    });

    it('keys whose ttl has passed do not count', async () => {
      const { backbone, clock } = make({ stateKeysMax: 20 });
      // Others that expire first, so that these keys are not the next ones to be cleared away.
      for (const id of ids(20)) await publish(backbone, id, { topic: 'b', key: id, ttlMs: 10 });
      for (let at = 0; at < 20; at++) await publish(backbone, `m${at}`, { key: `old${at}`, ttlMs: 10 });
      await clock.advance(9);
      await expect(publish(backbone, 'n0', { key: 'new0' })).rejects.toMatchObject(overloaded);
      await clock.advance(1);
      for (let at = 0; at < 20; at++) await publish(backbone, `n${at}`, { key: `new${at}` });
      await expect(publish(backbone, 'n20', { key: 'new20' })).rejects.toMatchObject(overloaded);
      expect(await stateIds(backbone)).toHaveLength(20);
    });
  });

  describe('the state and historyBytesMax (§8)', () => {
    const overloaded = { code: 'OVERLOADED', message: expect.stringContaining('historyBytesMax') };

    it('an entry that is in the history and in the state is charged once', async () => {
      const { backbone } = make({ historyBytesMax: 100 });
      for (const id of ids(5)) await publish(backbone, id, { key: id, sizeBytes: 20 });
      expect(await storedIds(backbone)).toEqual(ids(5));
      expect(await stateIds(backbone)).toEqual(ids(5));
    });

    it('the history gives way to the state, and the state to nothing', async () => {
      const { backbone } = make({ historyBytesMax: 100 });
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
    });

    it('a removed key gives its room back, beside what the removing message takes', async () => {
      const { backbone } = make({ historyBytesMax: 100, historyLengthMax: 1 });
      await publish(backbone, 'm1', { key: 'x', sizeBytes: 60 });
      await publish(backbone, 'm2', { key: 'y', sizeBytes: 30 });
      await expect(publish(backbone, 'm3', { key: 'z', sizeBytes: 70 })).rejects.toMatchObject(overloaded);
      await publish(backbone, 'm4', { key: 'x', payload: null, sizeBytes: 5 });
      expect((await publish(backbone, 'm3', { key: 'z', sizeBytes: 70 })).status).toBe('ok');
      expect(await stateIds(backbone)).toEqual(['m2', 'm3']);
    });

    it('state whose ttl has passed is given up before any history, whichever topic it belongs to', async () => {
      const { backbone, clock } = make({ historyBytesMax: 100, historyLengthMax: 2 });
      await backbone.subscribe('b', () => {});
      for (const id of ids(8)) await publish(backbone, id, { topic: 'b', key: id, ttlMs: 10, sizeBytes: 10 });
      await publish(backbone, 'm1', { sizeBytes: 10 });
      await expect(publish(backbone, 'm2', { sizeBytes: 50 })).rejects.toMatchObject(overloaded);
      await clock.advance(10);
      await publish(backbone, 'm2', { sizeBytes: 50 });
      expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
      expect(await storedIds(backbone, 'b')).toEqual(['m7', 'm8']);
    });

    it('a topic that is forgotten takes its state with it and begins a new epoch', async () => {
      const { backbone } = make({ historyBytesMax: 100, historyLengthMax: 1 });
      for (const id of ids(5)) await publish(backbone, id, { topic: 'b', key: id, sizeBytes: 10 });
      const { head } = await backbone.snapshot('b');
      await publish(backbone, 'm1', { sizeBytes: 60 });
      expect(await stateIds(backbone, 'b')).toEqual([]);
      expect((await backbone.head('b')).epoch).not.toBe(head.epoch);
      // All of its room is free again.
      expect((await publish(backbone, 'n1', { topic: 'b', sizeBytes: 40 })).status).toBe('ok');
      expect(await stateIds(backbone)).toEqual(['m1']);
    });
  });
}
