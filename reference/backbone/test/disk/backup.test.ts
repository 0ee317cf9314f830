import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { backup, inspect } from '../../src/node/disk/index.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, publish, publishAll, stateIds, stored, storedIds } from '../../suite/harness.ts';
import { cleansUp, newFolder, openDisk } from './support/folders.ts';
import { Script } from './support/processes.ts';

cleansUp();

describe('inspect', () => {
  it('says what a folder holds, while it is in use and when it is closed, and changes nothing', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory, durability: 'disk', limits: { historyLengthMax: 2 } });
    for (const key of ['x', 'y', 'z', undefined]) await publish(backbone, `m-${key}`, { key, sizeBytes: 10 });
    await publish(backbone, 'm1', { topic: 'b.c', sizeBytes: 7 });
    const head = await backbone.head('a');
    const expected = {
      directory,
      format: 1,
      level: 'disk',
      generationNo: 1,
      isBackup: false,
      idCount: 5,
      problems: [],
      topics: [
        { topic: 'a', head, oldestSeqNo: 3, messages: 2, sizeBytes: 40, keys: 3 },
        { topic: 'b.c', head: await backbone.head('b.c'), oldestSeqNo: 1, messages: 1, sizeBytes: 7, keys: 0 },
      ],
    };
    const inUse = await inspect(directory);
    expect(inUse).toMatchObject({ ...expected, isInUse: true, isClosed: false });
    expect(head.epoch).toContain(inUse.generation);
    expect((await publish(backbone, 'm2', { topic: 'b.c' })).status).toBe('ok');
    await backbone.close();

    const files = () => {
      return readdirSync(directory).map((name) => {
        const { size, mtimeNs, ctimeNs } = statSync(join(directory, name), { bigint: true });
        return name === 'lock.mdb' ? name : [name, size, mtimeNs, ctimeNs];
      });
    };
    const before = files();
    const closed = await inspect(directory);
    expect(closed).toMatchObject({ isInUse: false, isClosed: true, idCount: 6, problems: [] });
    expect(closed.fileBytes).toBe(statSync(join(directory, 'data.mdb')).size);
    expect(files()).toEqual(before);
    // Opening it is as quick as if nobody had looked.
    expect((await openDisk({ directory })).counters.recordsReadAtOpening).toBeLessThan(10);
  });

  it('keeps the folder for itself as long as it reads, where nobody has it open', async () => {
    const directory = newFolder();
    await (await openDisk({ directory })).close();
    const looking = inspect(directory);
    await expect(openDisk({ directory })).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' });
    await looking;
    await openDisk({ directory });
  });
});

describe('backup', () => {
  it('copies everything, in and out of the history, into a folder that becomes a store of its own', async () => {
    const [directory, clock] = [newFolder(), new ManualClock()];
    const options = { directory, clock, limits: { historyLengthMax: 5 } };
    const backbone = await openDisk(options);
    await publish(backbone, 'm1', { key: 'x', ttlMs: 60_000 });
    await publishAll(backbone, ids(20, 'n'));
    await publish(backbone, 'big', { topic: 'b', payload: 'x'.repeat(50_000) });
    const before = [await stored(backbone), await stored(backbone, 'b'), await stateIds(backbone)];
    const target = join(newFolder(), 'deep', 'copy');
    const report = await backup(directory, target);
    expect(report).toMatchObject({ directory: target, topics: 2, messages: 6 });
    expect(report.fileBytes).toBe(statSync(join(target, 'data.mdb')).size);
    expect(readdirSync(target)).toEqual(['data.mdb']);
    expect(await inspect(target)).toMatchObject({ isBackup: true, problems: [] });

    // Each goes its own way.
    await publish(backbone, 'after');
    const copy = await openDisk({ ...options, directory: target });
    const after = [await stored(copy), await stored(copy, 'b'), await stateIds(copy)];
    const withoutEpochs = JSON.stringify(after)
      .replaceAll((await copy.head('a')).epoch, 'e')
      .replaceAll((await copy.head('b')).epoch, 'f');
    expect(withoutEpochs).toBe(
      JSON.stringify(before)
        .replaceAll((await backbone.head('a')).epoch, 'e')
        .replaceAll((await backbone.head('b')).epoch, 'f'),
    );
    expect((await publish(copy, 'n20')).status).toBe('duplicate');
    expect((await publish(copy, 'after')).status).toBe('ok');
    await clock.advance(60_000);
    expect(await stateIds(copy)).toEqual(['after']);
  });

  it('wants an empty folder, and leaves what is there', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory });
    await publish(backbone, 'm1');
    const target = newFolder();
    writeFileSync(join(target, 'notes.txt'), 'mine');
    await expect(backup(directory, target)).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    await expect(backup(directory, join(target, 'notes.txt'))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    expect(readFileSync(join(target, 'notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(target)).toEqual(['notes.txt']);
    mkdirSync(join(target, 'empty'));
    await backup(directory, join(target, 'empty'));
    expect(await storedIds(await openDisk({ directory: join(target, 'empty') }))).toEqual(['m1']);
  });

  it('taken while another process publishes is one moment of it: whole chains, nothing acknowledged before it missing', async () => {
    const directory = newFolder();
    const script = new Script('publisher.ts', [directory, 'written', 'm']);
    await script.wrote(200);
    const acknowledged = script.lines.slice(1);
    const target = join(newFolder(), 'copy');
    const report = await backup(directory, target);
    expect((await inspect(directory)).problems).toEqual([]);
    await script.wrote(acknowledged.length + 200);
    await script.kill();
    expect(report.topics).toBe(4);

    const copy = await openDisk({ directory: target, limits: { historyLengthMax: 300 } });
    expect(copy.repaired).toEqual([]);
    for (const topic of ['t0', 't1', 't2', 't3']) {
      const entries = await stored(copy, topic);
      expect(chainBreaks(entries)).toEqual([]);
      const seqNos = new Set(entries.map(({ seqNo }) => seqNo));
      const oldest = entries[0]?.seqNo ?? 0;
      for (const line of acknowledged) {
        const [ofTopic, { seqNo }] = JSON.parse(line) as [string, { seqNo: number }];
        if (ofTopic === topic && seqNo >= oldest) expect(seqNos.has(seqNo)).toBe(true);
      }
    }
  });
});
