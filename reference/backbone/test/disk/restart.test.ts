import { DEFAULT_LIMITS, type Position } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { inspect } from '../../src/node/disk/index.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, publish, publishAll, stateIds, stored, storedIds } from '../../suite/harness.ts';
import { cleansUp, newFolder, openDisk } from './support/folders.ts';
import { Script } from './support/processes.ts';

cleansUp();

describe('a store that is closed and opened again', () => {
  it.each(['written', 'disk'] as const)('has everything that was there, at the level %s', async (durability) => {
    const [directory, clock] = [newFolder(), new ManualClock()];
    const options = { directory, clock, durability, limits: { historyLengthMax: 3 } };
    const before = await openDisk(options);
    await publish(before, 'm1', { key: 'x', ttlMs: 1_000 });
    await publishAll(before, ids(5, 'n'));
    const { position } = await publish(before, 'm2', { topic: 'b', payload: { '1': 1.5, b: -0.1, a: ['ş', null] } });
    const entries = await stored(before, 'b');
    await before.close();

    const after = await openDisk(options);
    expect(after.durability).toBe(durability);
    expect(await storedIds(after)).toEqual(['n3', 'n4', 'n5']);
    expect(await stateIds(after)).toEqual(['m1', 'n5']);
    expect(await stored(after, 'b')).toEqual(entries);
    expect(JSON.stringify(entries[0]?.payload)).toBe('{"1":1.5,"b":-0.1,"a":["ş",null]}');
    expect(await after.anchor('b', position)).toBe(true);
    expect(await publish(after, 'm2', { topic: 'b', payload: { '1': 1.5, b: -0.1, a: ['ş', null] } })).toEqual({
      status: 'duplicate',
      position,
    });
    await clock.advance(1_000);
    expect(await stateIds(after)).toEqual(['n5']);
  });

  it('is opened without reading its messages: only its topics and the ids that are remembered', async () => {
    const limits = { historyLengthMax: 5_000, dedupWindowMs: 10 };
    const [directory, clock] = [newFolder(), new ManualClock()];
    const filled = await openDisk({ directory, clock, limits });
    for (const topic of ['a', 'b', 'c']) await Promise.all(ids(1_500).map((id) => publish(filled, id, { topic })));
    await clock.advance(10);
    await Promise.all(ids(7, 'n').map((id) => publish(filled, id)));
    await filled.close();

    // The records of the ids that were forgotten are cleared away by and by.
    const reopened = await openDisk({ directory, clock, limits });
    expect(reopened.counters.recordsReadAtOpening).toBeLessThan(4_500);
    for (let round = 0; round < 10; round++)
      await Promise.all(ids(100, `r${round}.`).map((id) => publish(reopened, id)));
    await clock.advance(10);
    for (let round = 0; round < 10; round++)
      await Promise.all(ids(50, `s${round}.`).map((id) => publish(reopened, id)));
    await clock.advance(10);
    await publish(reopened, 'last');
    await reopened.close();

    const { counters } = await openDisk({ directory, clock, limits });
    expect(counters.recordsReadAtOpening).toBeLessThan(600);
  });

  it('goes on with the order in which topics were left alone', async () => {
    const options = { directory: newFolder(), clock: new ManualClock(), limits: { topicsMax: 3 } };
    const before = await openDisk(options);
    for (const topic of ['x', 'y', 'z']) await publish(before, 'm1', { topic });
    await publish(before, 'm2', { topic: 'x' });
    await before.close();
    const after = await openDisk(options);
    await publish(after, 'm1', { topic: 'new' });
    expect(await storedIds(after, 'y')).toEqual([]);
    expect(await storedIds(after, 'x')).toEqual(['m1', 'm2']);
    expect(await storedIds(after, 'z')).toEqual(['m1']);
  });

  it('obeys bounds that have become smaller, a few messages with each publish', async () => {
    const directory = newFolder();
    const large = await openDisk({ directory });
    await publishAll(large, ids(300));
    for (const topic of ['b', 'c', 'd']) await publish(large, 'm1', { topic });
    await large.close();
    const small = await openDisk({ directory, limits: { historyLengthMax: 2, topicsMax: 2 } });
    await publishAll(small, ids(6, 'n'));
    expect(await storedIds(small)).toEqual(['n5', 'n6']);
    await publish(small, 'm2', { topic: 'e' });
    await small.close();
    expect((await inspect(directory)).topics.map(({ topic }) => topic).toSorted()).toEqual(['a', 'e']);
  });
});

describe('a process that is killed while it publishes (I4)', () => {
  it.each([
    ['written', 2],
    ['disk', 1],
  ] as const)('has lost nothing that it acknowledged, at the level %s, killed %d times', async (level, times) => {
    const directory = newFolder();
    const random = seededRandom(level.length);
    const acknowledged = new Map<string, [topic: string, position: Position, number: number]>();
    for (let round = 0; round < runs(times); round++) {
      const script = new Script('publisher.ts', [directory, level, `r${round}`]);
      // Somewhere in the middle of its work, which is never at the same place.
      await script.wrote(1 + (random.uint32() % 700));
      await script.kill();
      for (const line of script.lines.slice(1)) {
        const [topic, position, number] = JSON.parse(line) as [string, Position, number];
        acknowledged.set(`${topic} ${position.seqNo}`, [topic, position, number]);
      }
      expect((await inspect(directory)).problems).toEqual([]);

      const backbone = await openDisk({ directory, durability: level, limits: DEFAULT_LIMITS });
      expect(backbone.repaired).toEqual([]);
      for (const topic of ['t0', 't1', 't2', 't3']) {
        const entries = await stored(backbone, topic);
        expect(chainBreaks(entries)).toEqual([]);
        const numbers = new Map(entries.map(({ seqNo, payload }) => [seqNo, payload]));
        const oldest = entries[0]?.seqNo ?? 0;
        for (const [ofTopic, position, number] of acknowledged.values()) {
          if (ofTopic !== topic) continue;
          // Only what has left the history may be missing.
          expect(position.seqNo >= oldest).toBe(await backbone.anchor(topic, position));
          if (position.seqNo >= oldest) expect(numbers.get(position.seqNo)).toMatchObject({ number });
        }
      }
      expect(acknowledged.size).toBeGreaterThan(0);
      await backbone.close();
    }
  });
});
