import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/index.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, publish, stored, storedIds } from '../../suite/harness.ts';
import { cleansUp, newFolder, openDisk } from './support/folders.ts';
import { Script } from './support/processes.ts';

cleansUp();

const hasStrace = spawnSync('strace', ['-V']).error === undefined;

describe('group commit', () => {
  it('stores what is published at once in few transactions, in the order of the calls (I3)', async () => {
    const backbone = await openDisk({ durability: 'disk' });
    const heard: string[] = [];
    await backbone.subscribe('a', ({ messageId }) => heard.push(messageId));
    const results = await Promise.all(ids(900).map((id) => publish(backbone, id)));
    expect(backbone.counters).toMatchObject({ publishes: 900, failedCommits: 0 });
    expect(backbone.counters.commits).toBeLessThanOrEqual(3);
    expect(results.map(({ position }) => position.seqNo)).toEqual(ids(900).map((_, at) => at + 1));
    expect(heard).toEqual(ids(900));
  });

  it('costs no transaction for what is refused or a repeat', async () => {
    const backbone = await openDisk({ limits: { historyBytesMax: 1_000 } });
    await publish(backbone, 'm1', { sizeBytes: 10 });
    const { commits } = backbone.counters;
    await publish(backbone, 'm1', { sizeBytes: 10 });
    await expect(publish(backbone, 'm1', { payload: 2 })).rejects.toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
    await expect(publish(backbone, 'm2', { expectSeqNo: 9 })).rejects.toMatchObject({ code: 'SEQ_CONFLICT' });
    await expect(publish(backbone, 'm3', { sizeBytes: 1_001 })).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(backbone.counters.commits).toBe(commits);
  });

  it('lets nobody hear or read a message before it is stored', async () => {
    const backbone = await openDisk({ durability: 'disk' });
    const heard: Entry[] = [];
    await backbone.subscribe('a', (entry) => heard.push(entry));
    const publishing = publish(backbone, 'm1');
    expect(heard).toEqual([]);
    expect(await storedIds(backbone)).toEqual([]);
    expect(backbone.counters.commits).toBe(0);
    await publishing;
    expect(heard).toEqual(await stored(backbone));
  });

  it('decides each publish by what those before it will have changed', async () => {
    const backbone = await openDisk({ limits: { stateKeysMax: 1, historyLengthMax: 2 } });
    const outcomes = await Promise.allSettled([
      publish(backbone, 'm1', { key: 'x', expectSeqNo: 0 }),
      publish(backbone, 'm1', { key: 'x' }),
      publish(backbone, 'm1', { key: 'x', payload: 'other' }),
      publish(backbone, 'm2', { key: 'y' }),
      publish(backbone, 'm3', { expectSeqNo: 0 }),
      publish(backbone, 'm4', { key: 'x', payload: null }),
      publish(backbone, 'm5', { key: 'y', expectSeqNo: 2 }),
    ]);
    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.status : outcome.reason.code)),
    ).toEqual(['ok', 'duplicate', 'MESSAGE_ID_CONFLICT', 'OVERLOADED', 'SEQ_CONFLICT', 'ok', 'ok']);
    expect(backbone.counters.commits).toBe(1);
    expect(await storedIds(backbone)).toEqual(['m4', 'm5']);
  });

  it('holds no more waiting publishes than commitQueueMax, nor more bytes than commitQueueBytesMax (§8)', async () => {
    const byCount = await openDisk({ commitQueueMax: 3 });
    const outcomes = await Promise.allSettled(ids(5).map((id) => publish(byCount, id)));
    const refusal = { code: 'OVERLOADED', retry: true, message: expect.stringContaining('commitQueueMax') };
    expect(outcomes.slice(3)).toMatchObject([{ reason: refusal }, { reason: refusal }]);
    expect(await storedIds(byCount)).toEqual(ids(3));
    // What was refused can be sent again.
    expect((await publish(byCount, 'm5')).status).toBe('ok');

    const byBytes = await openDisk({ commitQueueBytesMax: 100 });
    const sized = [400, 1, 60].map((sizeBytes, at) => publish(byBytes, `m${at}`, { sizeBytes }));
    expect(await Promise.allSettled(sized)).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'OVERLOADED', message: expect.stringContaining('commitQueueBytesMax') } },
      { reason: { code: 'OVERLOADED' } },
    ]);
  });

  it('stores what waits when it is closed, and takes nothing afterwards', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory });
    const publishing = ids(50).map((id) => publish(backbone, id));
    await backbone.close();
    expect((await Promise.all(publishing)).every(({ status }) => status === 'ok')).toBe(true);
    const unavailable = { code: 'UNAVAILABLE', retry: true };
    await expect(publish(backbone, 'm51')).rejects.toMatchObject(unavailable);
    await expect(backbone.read('a', { afterSeqNo: 0, limit: 1 })).rejects.toMatchObject(unavailable);
    await expect(backbone.subscribe('a', () => {})).rejects.toMatchObject(unavailable);
    expect(await storedIds(await openDisk({ directory }))).toEqual(ids(50));
  });

  it('makes places for topics in turn with publishes, and gives a place back that nobody takes', async () => {
    const backbone = await openDisk({ limits: { topicsMax: 2 } });
    await publish(backbone, 'm1', { topic: 'x' });
    await publish(backbone, 'm1', { topic: 'y' });
    const [first, second, third] = await Promise.allSettled([
      backbone.subscribe('p', () => {}),
      backbone.subscribe('q', () => {}),
      backbone.subscribe('r', () => {}),
    ]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(third).toMatchObject({ reason: { code: 'OVERLOADED', message: expect.stringContaining('topicsMax') } });
    if (first.status === 'fulfilled') first.value.close();
    expect((await publish(backbone, 'm1', { topic: 'z' })).status).toBe('ok');
    for (const topic of ['x', 'y']) expect(await storedIds(backbone, topic)).toEqual([]);
  });

  it('tells a listener that joins in the middle of a commit about one history, whichever it meets (I3, I6)', async () => {
    const backbone = await openDisk({ limits: { topicsMax: 1 } });
    for (let round = 0; round < 60; round++) {
      await publish(backbone, `old${round}`);
      // The topic is forgotten for the other one, and that one for it.
      const publishing = Promise.allSettled([
        publish(backbone, `other${round}`, { topic: 'b' }),
        publish(backbone, `new${round}`),
      ]);
      for (let turn = 0; turn < round % 12; turn++) await new Promise((resolve) => setImmediate(resolve));
      const heard: Entry[] = [];
      const { head, close } = await backbone.subscribe('a', (entry) => heard.push(entry));
      await publishing;
      const { position } = await publish(backbone, `last${round}`);
      expect(position.epoch).toBe(head.epoch);
      expect(heard).toEqual((await stored(backbone)).filter(({ seqNo }) => seqNo > head.seqNo));
      expect(chainBreaks(heard, head.seqNo)).toEqual([]);
      close();
    }
  });
});

describe('the level', () => {
  // It shows what the operating system was asked for, which only Linux lets one see.
  it.skipIf(!hasStrace).each([
    ['disk', true],
    ['written', false],
  ] as const)('%s: a publish is acknowledged after the disk was waited for: %s', async (level, waits) => {
    const trace = join(newFolder(), 'trace');
    const calls = 'trace=pwrite64,pwritev,write,fdatasync,fsync,msync,openat';
    const script = new Script('stepper.ts', [newFolder(), level], ['strace', '-f', '-o', trace, '-e', calls]);
    expect(await script.ended()).toBe('0');
    const lines = readFileSync(trace, 'utf8').split('\n');
    const at = (text: string) => lines.findIndex((line) => line.includes(text));
    // The descriptors through which the data file is written: one to the cache, one that waits for the disk.
    const opened = lines.filter((line) => line.includes('/data.mdb"') && !line.includes('unfinished'));
    const waiting = opened.filter((line) => line.includes('O_DSYNC')).map((line) => line.split('= ').at(-1));
    for (const step of ['first', 'second']) {
      const during = lines.slice(at(`begin ${step}`), at(`acknowledged ${step}`));
      expect(during.some((line) => line.includes('pwrite'))).toBe(true);
      const begun = during.filter((line) => /f(data)?sync\(/.test(line));
      const ended = during.filter((line) => /f(data)?sync(\(\d+\)| resumed>\)) += 0/.test(line));
      expect(begun.length > 0).toBe(waits);
      expect(ended).toHaveLength(begun.length);
      // After the pages come the few bytes that make them valid, through the descriptor that waits.
      const valid = during.findLast((line) => line.includes('pwrite64(')) ?? '';
      expect(waiting.some((file) => valid.includes(`pwrite64(${file},`))).toBe(waits);
    }
  });

  it('is told by the backbone', async () => {
    expect((await openDisk({ durability: 'disk' })).durability).toBe('disk');
    expect((await openDisk({ durability: 'written' })).durability).toBe('written');
  });
});
