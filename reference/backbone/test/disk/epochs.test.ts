import { copyFileSync, cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { backup, type DiskBackbone, inspect } from '../../src/node/disk/index.ts';
import { ids, publish, publishAll, storedIds } from '../../suite/harness.ts';
import { cleansUp, newFolder, type OpenOptions, openDisk } from './support/folders.ts';

cleansUp();

/** The epochs of the topics, and all that is stored of them. */
async function epochsOf(backbone: DiskBackbone): Promise<string[]> {
  return [(await backbone.head('a')).epoch, (await backbone.head('b')).epoch];
}

/** A store with two topics, which is closed, or left as a process leaves it that is killed. */
async function filled(options: OpenOptions, end: 'close' | 'abandon'): Promise<string[]> {
  const backbone = await openDisk(options);
  await publishAll(backbone, ids(3));
  await publish(backbone, 'm1', { topic: 'b' });
  const epochs = await epochsOf(backbone);
  await backbone[end]();
  return epochs;
}

describe('epochs (I6)', () => {
  it.each([
    ['written', 'close'],
    ['written', 'abandon'],
    ['disk', 'close'],
    ['disk', 'abandon'],
  ] as const)('stay what they are over a restart of the process: level %s, %s', async (durability, end) => {
    const options = { directory: newFolder(), durability };
    const before = await filled(options, end);
    const backbone = await openDisk(options);
    expect(await epochsOf(backbone)).toEqual(before);
    expect(new Set(before).size).toBe(2);
    await publish(backbone, 'm4');
    expect(await epochsOf(backbone)).toEqual(before);
  });

  it.each([
    ['written', 'abandon', 'change'],
    ['disk', 'abandon', 'stay'],
  ] as const)('after a restart of the machine: level %s, %s: they %s', async (durability, end, outcome) => {
    const options = { directory: newFolder(), durability };
    const before = await filled({ ...options, bootId: 'one' }, end);
    const after = await epochsOf(await openDisk({ ...options, bootId: 'two' }));
    for (const [at, epoch] of after.entries()) expect(epoch === before[at]).toBe(outcome === 'stay');
  });

  it('stay what they are when the machine is restarted after a proper end, at either level', async () => {
    for (const durability of ['written', 'disk'] as const) {
      const options = { directory: newFolder(), durability };
      const before = await filled({ ...options, bootId: 'one' }, 'close');
      expect(await epochsOf(await openDisk({ ...options, bootId: 'two' }))).toEqual(before);
    }
  });

  it('change in a copy of the folder, and not in the original; a folder that was moved is no copy', async () => {
    const [directory, parent] = [newFolder(), newFolder()];
    const before = await filled({ directory }, 'close');
    const copy = join(parent, 'copy');
    cpSync(directory, copy, { recursive: true });
    const copied = await epochsOf(await openDisk({ directory: copy }));
    for (const [at, epoch] of copied.entries()) expect(epoch).not.toBe(before[at]);
    const moved = join(parent, 'moved');
    renameSync(directory, moved);
    expect(await epochsOf(await openDisk({ directory: moved }))).toEqual(before);
  });

  it('change in two copies to different ones', async () => {
    const [directory, parent] = [newFolder(), newFolder()];
    await filled({ directory }, 'close');
    const epochs: string[] = [];
    for (const name of ['one', 'two']) {
      cpSync(directory, join(parent, name), { recursive: true });
      epochs.push(...(await epochsOf(await openDisk({ directory: join(parent, name) }))));
    }
    expect(new Set(epochs).size).toBe(4);
  });

  it('change in a backup that is restored, also in the place of the original', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory });
    await publishAll(backbone, ids(3));
    await publish(backbone, 'm1', { topic: 'b' });
    const before = await epochsOf(backbone);
    const copy = join(newFolder(), 'copy');
    await backup(directory, copy);
    await publish(backbone, 'lost');
    await backbone.close();
    // Written over the old file, which stays the same file.
    copyFileSync(join(copy, 'data.mdb'), join(directory, 'data.mdb'));
    const restored = await openDisk({ directory });
    for (const [at, epoch] of (await epochsOf(restored)).entries()) expect(epoch).not.toBe(before[at]);
    expect(await storedIds(restored)).toEqual(ids(3));
    expect((await inspect(directory)).isBackup).toBe(false);
  });

  it('name the position of a repeat in the epoch that its message is in now (I2)', async () => {
    const [directory, clock] = [newFolder(), new ManualClock()];
    await filled({ directory, clock }, 'close');
    const copy = join(newFolder(), 'copy');
    cpSync(directory, copy, { recursive: true });
    const backbone = await openDisk({ directory: copy, clock });
    const { status, position } = await publish(backbone, 'm3');
    expect(status).toBe('duplicate');
    expect(position).toEqual(await backbone.head('a'));
    expect(await backbone.anchor('a', position)).toBe(true);
  });

  it('change for a topic that was forgotten, also over a restart, and no topic gets the records of another', async () => {
    const options = { directory: newFolder(), limits: { topicsMax: 1 } };
    const first = await openDisk(options);
    const { position } = await publish(first, 'm1', { key: 'x' });
    await publish(first, 'm1', { topic: 'b' });
    await first.abandon();
    const second = await openDisk(options);
    expect(await second.anchor('a', position)).toBe(false);
    const again = await publish(second, 'm2');
    expect(again.position).toMatchObject({ seqNo: 1 });
    expect(again.position.epoch).not.toBe(position.epoch);
    expect(await storedIds(second)).toEqual(['m2']);
    expect((await second.snapshot('a')).entries).toHaveLength(1);
  });
});
