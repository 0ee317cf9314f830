import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { type DiskBackbone, inspect } from '../../src/node/disk/index.ts';
import { ids, idsOf, publish, publishAll, stateIds, stored, storedIds } from '../../suite/harness.ts';
import { cleansUp, newFolder, type OpenOptions, openDisk } from './support/folders.ts';

cleansUp();

function aged(options: OpenOptions = {}) {
  const clock = new ManualClock();
  const directory = newFolder();
  const open = () => openDisk({ directory, clock, historyAgeMaxMs: 1_000, ...options });
  return { clock, directory, open };
}

describe('historyAgeMaxMs', () => {
  it('lets a message leave the history from exactly that age on, whether anything is published or not', async () => {
    const { clock, open } = aged();
    const backbone = await open();
    const { position } = await publish(backbone, 'm1');
    await clock.advance(400);
    await publish(backbone, 'm2');
    await clock.advance(599);
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
    expect(await backbone.anchor('a', { epoch: position.epoch, seqNo: 0 })).toBe(true);
    await clock.advance(1);
    expect(await storedIds(backbone)).toEqual(['m2']);
    expect(await backbone.anchor('a', position)).toBe(false);
    expect(await backbone.anchor('a', { epoch: position.epoch, seqNo: 0 })).toBe(false);
    const tail = await backbone.tail('a', 5);
    expect(idsOf(tail.entries)).toEqual(['m2']);
    expect(tail.before).toMatchObject({ seqNo: 1 });
    await clock.advance(400);
    expect(await storedIds(backbone)).toEqual([]);
    expect(await backbone.tail('a', 5)).toMatchObject({ entries: [], before: { seqNo: 2, messageId: 'm2' } });
    expect(await backbone.head('a')).toMatchObject({ seqNo: 2, messageId: 'm2' });
  });

  it('lets state stay', async () => {
    const { clock, open } = aged();
    const backbone = await open();
    await publish(backbone, 'm1', { key: 'x' });
    await publish(backbone, 'm2', { key: 'y', ttlMs: 5_000 });
    await publish(backbone, 'm3', { key: 'z', ttlMs: 500 });
    await clock.advance(1_000);
    for (const id of ids(3, 'n')) await publish(backbone, id, { topic: 'b' });
    expect(await storedIds(backbone)).toEqual([]);
    expect(await stateIds(backbone)).toEqual(['m1', 'm2']);
    await publish(backbone, 'm4', { key: 'x' });
    expect(await stateIds(backbone)).toEqual(['m2', 'm4']);
  });

  it('clears messages away a few with each publish, on whatever topic, and over a restart', async () => {
    const { clock, directory, open } = aged();
    const backbone = await open();
    await publishAll(backbone, ids(40));
    await clock.advance(1_000);
    await publish(backbone, 'n', { topic: 'b' });
    const cleared = async () => (await inspect(directory)).topics.find(({ topic }) => topic === 'a')?.messages ?? 0;
    const left = await cleared();
    expect(left).toBeGreaterThan(30);
    expect(left).toBeLessThan(40);
    await backbone.close();
    const again = await open();
    await publishAll(again, ids(15, 'o'), { topic: 'b' });
    expect(await cleared()).toBe(0);
    // Their room can be used again.
    expect(await storedIds(again, 'a')).toEqual([]);
    expect((await inspect(directory)).problems).toEqual([]);
  });

  it('makes room before anybody is refused or a topic forgotten', async () => {
    const { clock, open } = aged({ limits: { historyBytesMax: 100 } });
    const backbone = await open();
    for (const topic of ['a', 'b']) await backbone.subscribe(topic, () => {});
    for (const id of ids(9)) await publish(backbone, id, { topic: 'b', sizeBytes: 10 });
    await expect(publish(backbone, 'big', { sizeBytes: 50 })).rejects.toMatchObject({ code: 'OVERLOADED' });
    await clock.advance(1_000);
    // The newest message without a key is state, and stays.
    expect((await publish(backbone, 'big', { sizeBytes: 90 })).status).toBe('ok');
    await expect(publish(backbone, 'more', { topic: 'b', sizeBytes: 11 })).rejects.toMatchObject({
      code: 'OVERLOADED',
    });
  });

  it('goes by the oldest first, also when the clock goes back', async () => {
    const times = [1_000, 5_000, 2_000, 5_500];
    let now = 0;
    const clock = Object.assign(new ManualClock(), { now: () => now });
    const backbone = await openDisk({ clock, historyAgeMaxMs: 1_000 });
    for (const [at, time] of times.entries()) {
      now = time;
      await publish(backbone, `m${at}`);
    }
    const at = async (time: number) => {
      now = time;
      return storedIds(backbone);
    };
    // What came after a younger message does not leave before it.
    expect(await at(5_999)).toEqual(['m1', 'm2', 'm3']);
    expect(await at(6_000)).toEqual(['m3']);
    expect(await at(6_499)).toEqual(['m3']);
    expect(await at(6_500)).toEqual([]);
  });

  it('none by default', async () => {
    const clock = new ManualClock();
    const backbone = await openDisk({ clock });
    await publish(backbone, 'm1');
    await clock.advance(1_000_000_000);
    await publish(backbone, 'm2');
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
  });
});

describe('a topic that is forgotten', () => {
  it('is in nobody’s way with what it had, though that is cleared away by and by', async () => {
    const [directory, clock] = [newFolder(), new ManualClock()];
    const options = { directory, clock, limits: { topicsMax: 1, stateKeysMax: 200 } };
    const backbone = await openDisk(options);
    for (const id of ids(60)) await publish(backbone, id, { key: id, ttlMs: 100 });
    await publish(backbone, 'n1', { topic: 'b', key: 'x', ttlMs: 200 });
    // The ends of its states are met before their records are cleared away.
    await clock.advance(100);
    await publish(backbone, 'n2', { topic: 'b' });
    const half = await inspect(directory);
    expect(half.problems).toEqual([]);
    expect(half.recordCount).toBeGreaterThan(60);
    await backbone.abandon();
    const again = await openDisk(options);
    expect(again.repaired).toEqual([]);
    for (const id of ids(60, 'o')) await publish(again, id, { topic: 'b' });
    expect(await stateIds(again, 'b')).toEqual(['n1', 'o60']);
    const { problems, recordCount } = await inspect(directory);
    expect(problems).toEqual([]);
    // Its ids stay until their time is over.
    expect(recordCount).toBeLessThan(122 + 62 + 10);
  });
});

describe('whatever is published, given up and forgotten (§8)', () => {
  const publishing = fc.record({
    step: fc.constant('publish' as const),
    topic: fc.constantFrom('a', 'b', 'c', 'd'),
    key: fc.constantFrom(undefined, undefined, 'x', 'y', 'z', 'ş\ud800'),
    payload: fc.constantFrom(1, 1, null, 'text', { b: 1, a: [2] }),
    ttlMs: fc.constantFrom(undefined, undefined, 1, 30, 500),
    sizeBytes: fc.integer({ min: 1, max: 300 }),
  });
  const step = fc.oneof(
    { weight: 20, arbitrary: publishing },
    { weight: 3, arbitrary: fc.record({ step: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90 }) }) },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('listen' as const), topic: fc.constantFrom('a', 'b') }) },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('unlisten' as const) }) },
    { weight: 1, arbitrary: fc.record({ step: fc.constantFrom('close' as const, 'abandon' as const) }) },
  );
  const limits = fc.record({
    historyLengthMax: fc.integer({ min: 1, max: 12 }),
    historyBytesMax: fc.integer({ min: 300, max: 1_500 }),
    topicsMax: fc.integer({ min: 1, max: 4 }),
    stateKeysMax: fc.integer({ min: 1, max: 3 }),
    dedupWindowMs: fc.integer({ min: 1, max: 100 }),
  });

  it('every sum is what counting gives, every chain whole, and nothing is left behind', async () => {
    const trial = fc.tuple(limits, fc.option(fc.integer({ min: 20, max: 200 })), fc.array(step, { maxLength: 120 }));
    await fc.assert(
      fc.asyncProperty(trial, async ([limits, age, steps]) => {
        const [directory, clock] = [newFolder(), new ManualClock()];
        const open = () => openDisk({ directory, clock, limits, historyAgeMaxMs: age ?? undefined });
        let backbone: DiskBackbone = await open();
        let leaves: (() => void)[] = [];
        // Several in one transaction, so that they see each other's changes.
        let waiting: Promise<unknown>[] = [];
        const settle = async () => {
          await Promise.allSettled(waiting);
          waiting = [];
        };
        for (const [at, taken] of steps.entries()) {
          if (taken.step === 'publish') {
            const { step: _, topic, ...options } = taken;
            waiting.push(publish(backbone, `m${at}`, { topic, ...options }).catch(() => {}));
            if (at % 7 === 0) await settle();
          } else if (taken.step === 'wait') await clock.advance(taken.ms);
          else if (taken.step === 'listen') {
            const subscribed = await backbone.subscribe(taken.topic, () => {}).catch(() => undefined);
            if (subscribed !== undefined) leaves.push(() => subscribed.close());
          } else if (taken.step === 'unlisten') leaves.shift()?.();
          else {
            await settle();
            await backbone[taken.step]();
            leaves = [];
            expect((await inspect(directory)).problems).toEqual([]);
            backbone = await open();
          }
        }
        await settle();
        for (const { topic } of (await inspect(directory)).topics) await stored(backbone, topic);
        for (const leave of leaves) leave();

        // When only one topic is used any more, what is left of the others is cleared away.
        await clock.advance(1_000);
        for (let at = 0; at < 60; at++) await publish(backbone, `last${at}`, { topic: 'last', sizeBytes: 300 });
        await backbone.close();
        const { problems, recordCount, topics, idCount } = await inspect(directory);
        expect(problems).toEqual([]);
        const sum = (of: (topic: (typeof topics)[number]) => number) =>
          topics.reduce((all, topic) => all + of(topic), 0);
        const states = sum(({ keys }) => keys + 1);
        const atMost = sum(({ messages }) => messages) + 3 * states + topics.length + idCount + 2;
        expect(recordCount).toBeLessThanOrEqual(atMost);
      }),
      { numRuns: runs(12) },
    );
  });
});
