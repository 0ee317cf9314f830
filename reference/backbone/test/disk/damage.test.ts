import { randomFillSync } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { backup, inspect, StoreDamagedError } from '../../src/node/disk/index.ts';
import { META_KEY, metaOf, metaRecord, PROGRESS_KEY, progressOf, progressRecord } from '../../src/node/disk/records.ts';
import { Store } from '../../src/node/disk/store.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, idsOf, publish, publishAll, stateIds, stored, storedIds } from '../../suite/harness.ts';
import { changeBytes, cutTo, flipBit, placesOf, sizeOf } from './support/bytes.ts';
import { cleansUp, newFolder, type OpenOptions, openDisk } from './support/folders.ts';
import { Script } from './support/processes.ts';

cleansUp();

const PAGE_BYTES = 4_096;

/** A store with some hundred messages, closed. */
async function filled(options: OpenOptions = {}): Promise<{ directory: string; dataFile: string }> {
  const directory = options.directory ?? newFolder();
  const backbone = await openDisk({ ...options, directory });
  await Promise.all(ids(300).map((id, at) => publish(backbone, id, at % 3 === 0 ? {} : { key: `k${at % 7}` })));
  await publish(backbone, 'm1', { topic: 'b', payload: 'a message of another topic' });
  await backbone.close();
  return { directory, dataFile: join(directory, 'data.mdb') };
}

const noMeans = 'Restore a backup into a new folder, or choose an empty folder.';

describe('a data file that is damaged as a whole', () => {
  it.each([0, 100, PAGE_BYTES, 2 * PAGE_BYTES, 3 * PAGE_BYTES, 5 * PAGE_BYTES + 17])(
    'cut off after %d bytes, is refused, named, and left as it is',
    async (bytes) => {
      const { directory, dataFile } = await filled();
      cutTo(dataFile, bytes);
      const opening = openDisk({ directory });
      await expect(opening).rejects.toBeInstanceOf(StoreDamagedError);
      await expect(opening).rejects.toMatchObject({ code: 'STORE_DAMAGED', file: dataFile });
      await expect(opening).rejects.toThrow(noMeans);
      expect(sizeOf(dataFile)).toBe(bytes);
    },
  );

  it('with a header of other bytes, is refused', async () => {
    const { directory, dataFile } = await filled();
    changeBytes(dataFile, 0, 64, (bytes) => randomFillSync(bytes));
    await expect(openDisk({ directory })).rejects.toThrow('its header is not that of an LMDB file');
    await expect(inspect(directory)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it('whose header leads to an older state, is refused: messages would be missing', async () => {
    const { directory, dataFile } = await filled();
    // The transaction of the older of the two headers becomes greater by two.
    const at = (page: number) => page * PAGE_BYTES + 152;
    const transactions = [0, 1].map((page) => readFileSync(dataFile).readBigUInt64LE(at(page)));
    const older = (transactions[0] ?? 0n) < (transactions[1] ?? 0n) ? 0 : 1;
    changeBytes(dataFile, at(older), 8, (bytes) => bytes.writeBigUInt64LE((transactions[older] ?? 0n) + 2n));
    await expect(openDisk({ directory })).rejects.toThrow('leads to another state than the newest');
  });

  it('that is missing, is not replaced by an empty one', async () => {
    const { directory, dataFile } = await filled();
    rmSync(dataFile);
    await expect(openDisk({ directory })).rejects.toThrow('it is missing, although lock.mdb is there');
    await expect(inspect(directory)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it('whose pages have changed places, is refused', async () => {
    const { directory, dataFile } = await filled();
    const bytes = readFileSync(dataFile);
    const pages = bytes.length / PAGE_BYTES - 2;
    for (let page = 0; page < pages; page++) {
      const from = (2 + ((page + 1) % pages)) * PAGE_BYTES;
      changeBytes(dataFile, (2 + page) * PAGE_BYTES, PAGE_BYTES, (into) => bytes.copy(into, 0, from));
    }
    await expect(openDisk({ directory })).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it('that belongs to another program, is refused and left as it is', async () => {
    const directory = newFolder();
    const other = open({ path: directory, noSubdir: false, overlappingSync: false });
    await other.put('key', 'value');
    await other.close();
    const before = readFileSync(join(directory, 'data.mdb'));
    await expect(openDisk({ directory })).rejects.toThrow('it holds something else than a store of Micro Socket');
    expect(readFileSync(join(directory, 'data.mdb')).equals(before)).toBe(true);
  });

  it('of a newer version, is refused by its number', async () => {
    const { directory } = await filled();
    const store = new Store({ directory, waitsForDisk: false });
    const { meta } = store.tables;
    const [before, progress] = [META_KEY, PROGRESS_KEY].map((key) => meta.get(key) ?? Buffer.alloc(0));
    await store.transaction(() => {
      const { transactionNo: transaction } = store;
      meta.put(META_KEY, metaRecord({ ...metaOf(before as Buffer), format: 2 }));
      meta.put(PROGRESS_KEY, progressRecord({ ...progressOf(progress as Buffer), transaction }));
    });
    await store.close();
    await expect(openDisk({ directory })).rejects.toThrow('it has the format 2, and this version knows 1');
  });

  it('beside other files that are damaged, is good: they are made anew', async () => {
    const { directory } = await filled();
    writeFileSync(join(directory, 'lock.mdb'), Buffer.alloc(8_192, 0xa5));
    writeFileSync(join(directory, 'closed.json'), '{"half":');
    const backbone = await openDisk({ directory });
    expect(await storedIds(backbone)).toEqual(ids(300));
    expect(backbone.repaired).toEqual([]);
  });

  it('may be longer than it says: nothing leads there', async () => {
    const { directory, dataFile } = await filled();
    const bytes = readFileSync(dataFile);
    writeFileSync(dataFile, Buffer.concat([bytes, Buffer.alloc(3 * PAGE_BYTES, 0x5a)]));
    expect(await storedIds(await openDisk({ directory }))).toEqual(ids(300));
  });

  it('is no reason to open it when a folder stands in its place', async () => {
    const { directory, dataFile } = await filled();
    renameSync(dataFile, `${dataFile}.old`);
    mkdirSync(dataFile);
    await expect(openDisk({ directory })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });
});

describe('messages that are damaged', () => {
  it('are dropped, exactly they, and their topic begins a new epoch; others keep theirs (I6)', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory });
    const results = await Promise.all(
      ids(50).map((id) => publish(backbone, id, { payload: `this is message ${id}.` })),
    );
    await publish(backbone, 'm1', { topic: 'b' });
    const otherHead = await backbone.head('b');
    await backbone.close();
    const dataFile = join(directory, 'data.mdb');
    for (const id of ['m7', 'm8', 'm30']) for (const at of placesOf(dataFile, `message ${id}.`)) flipBit(dataFile, at);

    const report = await inspect(directory);
    expect(report.problems).toEqual([7, 8, 30].map((seqNo) => `Topic a: message ${seqNo} is damaged.`));
    const repaired = await openDisk({ directory });
    expect(repaired.repaired).toEqual(report.problems);
    const entries = await stored(repaired);
    expect(idsOf(entries)).toEqual(ids(50).filter((id) => !['m7', 'm8', 'm30'].includes(id)));
    expect(chainBreaks(entries, 0)).toEqual([]);
    expect(entries.every(({ payload, messageId }) => payload === `this is message ${messageId}.`)).toBe(true);
    for (const { position } of results) expect(await repaired.anchor('a', position)).toBe(false);
    expect((await repaired.head('a')).epoch).not.toBe(results[0]?.position.epoch);
    expect(await repaired.head('b')).toEqual(otherHead);
    // It goes on as a store that is in order.
    const { position } = await publish(repaired, 'next');
    expect(position.seqNo).toBe(51);
    await repaired.abandon();
    expect((await inspect(directory)).problems).toEqual([]);
    const again = await openDisk({ directory });
    expect(await again.head('a')).toEqual(position);
    expect(chainBreaks(await stored(again), 0)).toEqual([]);
  });

  it('leave a topic usable when they were all it had', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory });
    await publish(backbone, 'm1', { payload: 'the only message' });
    await backbone.close();
    const dataFile = join(directory, 'data.mdb');
    for (const at of placesOf(dataFile, 'the only message')) flipBit(dataFile, at);
    const repaired = await openDisk({ directory });
    expect(await storedIds(repaired)).toEqual([]);
    expect(await stateIds(repaired)).toEqual([]);
    const { position } = await publish(repaired, 'm2');
    expect(await storedIds(repaired)).toEqual(['m2']);
    await repaired.abandon();
    const again = await openDisk({ directory });
    expect(again.repaired).toEqual([]);
    expect(await again.anchor('a', position)).toBe(true);
  });

  it('that are state let the newest that is left of their key be state', async () => {
    const options = { directory: newFolder(), limits: { historyLengthMax: 2, historyBytesMax: 100_000 } };
    const backbone = await openDisk(options);
    await publish(backbone, 'm1', { key: 'x', payload: 'first of x' });
    await publish(backbone, 'm2', { key: 'y', payload: 'only one of y' });
    await publish(backbone, 'm3', { key: 'z', payload: 'only one of z', ttlMs: 1_000 });
    await publish(backbone, 'm4', { key: 'w' });
    await publish(backbone, 'm5', { key: 'w', payload: null });
    await publish(backbone, 'm6', { key: 'z', payload: 'second of z' });
    expect(await stateIds(backbone)).toEqual(['m1', 'm2', 'm6']);
    await backbone.close();
    const dataFile = join(options.directory, 'data.mdb');
    for (const text of ['only one of y', 'second of z'])
      for (const at of placesOf(dataFile, text)) flipBit(dataFile, at);
    const repaired = await openDisk(options);
    expect(await stateIds(repaired)).toEqual(['m1']);
    expect(await storedIds(repaired)).toEqual(['m5']);
    await repaired.abandon();
    expect((await inspect(options.directory)).problems).toEqual([]);
  });

  it('found while it runs are not served: the question is UNAVAILABLE, and the problem is told', async () => {
    const directory = newFolder();
    const problems: (string | undefined)[] = [];
    const onProblem = (problem: string | undefined) => problems.push(problem);
    const backbone = await openDisk({ directory, onProblem });
    await publishAll(
      backbone,
      ids(5).map((id) => `${id}-of-a`),
    );
    await publish(backbone, 'm1', { topic: 'b' });
    const dataFile = join(directory, 'data.mdb');
    for (const at of placesOf(dataFile, 'm3-of-a')) flipBit(dataFile, at + 1);
    const unavailable = { code: 'UNAVAILABLE', retry: true };
    await expect(stored(backbone)).rejects.toMatchObject(unavailable);
    expect(backbone.problem).toContain(directory);
    expect(problems).toEqual([backbone.problem]);
    // What does not need it is answered.
    expect(await storedIds(backbone, 'b')).toEqual(['m1']);
    expect(idsOf((await backbone.tail('a', 1)).entries)).toEqual(['m5-of-a']);
    expect((await publish(backbone, 'm6-of-a')).status).toBe('ok');
    expect(backbone.problem).toBe(problems[0]);
    await backbone.close();
    const repaired = await openDisk({ directory });
    expect(await storedIds(repaired)).toEqual(['m1', 'm2', 'm4', 'm5', 'm6'].map((id) => `${id}-of-a`));
    expect(repaired.problem).toBeUndefined();
  });

  it('that have to leave the history while it runs leave it; the store goes on, and counts anew when it is opened', async () => {
    const options = { directory: newFolder(), limits: { historyLengthMax: 3 } };
    const backbone = await openDisk(options);
    await publishAll(
      backbone,
      ids(3).map((id) => `${id}-of-a`),
    );
    const dataFile = join(options.directory, 'data.mdb');
    for (const at of placesOf(dataFile, 'm1-of-a')) flipBit(dataFile, at + 1);
    await publishAll(backbone, ids(3, 'n'));
    expect(await storedIds(backbone)).toEqual(ids(3, 'n'));
    expect(backbone.problem).toBeDefined();
    await backbone.close();
    const again = await openDisk(options);
    expect(await storedIds(again)).toEqual(ids(3, 'n'));
    await again.close();
    expect((await inspect(options.directory)).problems).toEqual([]);
  });
});

describe('ids that are damaged', () => {
  it('are dropped, and every topic begins a new epoch: a repeat may be stored twice', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory });
    await publish(backbone, 'm1', { publisher: 'a-publisher-of-its-own' });
    const head = await backbone.head('a');
    await publish(backbone, 'm1', { topic: 'b' });
    const other = await backbone.head('b');
    await backbone.close();
    const dataFile = join(directory, 'data.mdb');
    for (const at of placesOf(dataFile, 'a-publisher-of-its-own')) flipBit(dataFile, at);
    const repaired = await openDisk({ directory });
    expect(repaired.repaired).toHaveLength(1);
    expect((await repaired.head('a')).epoch).not.toBe(head.epoch);
    expect((await repaired.head('b')).epoch).not.toBe(other.epoch);
    expect(await storedIds(repaired)).toEqual(['m1']);
    expect((await publish(repaired, 'm1', { topic: 'b' })).status).toBe('duplicate');
  });
});

describe('a backup of what is damaged', () => {
  it('is refused, and leaves nothing behind', async () => {
    const { directory, dataFile } = await filled();
    for (const at of placesOf(dataFile, 'a message of another topic')) flipBit(dataFile, at);
    const target = join(newFolder(), 'copy');
    await expect(backup(directory, target)).rejects.toMatchObject({ code: 'STORE_DAMAGED', file: dataFile });
    await expect(inspect(target)).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });
});

describe('any byte of a data file that changes', () => {
  it('ends no process, and brings up no message that was not stored', async () => {
    const { directory } = await filled({ limits: { historyLengthMax: 200 } });
    const work = join(newFolder(), 'work');
    cpSync(directory, work, { recursive: true });
    const script = new Script('flipper.ts', [work, `${runs(80)}`, '7']);
    expect([await script.ended(), script.errors]).toEqual(['0', '']);
    const counts = JSON.parse(script.lines.at(-1) ?? '{}') as Record<string, number>;
    // All of these happen, so the trial has teeth.
    expect(counts).toMatchObject({
      refused: expect.any(Number),
      repaired: expect.any(Number),
      harmless: expect.any(Number),
    });
    expect(counts['wrong']).toBeUndefined();
  });
});
