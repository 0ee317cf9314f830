import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backup, DirectoryInUseError, inspect } from '../../src/node/disk/index.ts';
import { publish, storedIds } from '../../suite/harness.ts';
import { cleansUp, newFolder, openDisk } from './support/folders.ts';
import { Script } from './support/processes.ts';

cleansUp();

const isRoot = process.getuid?.() === 0;

describe('the folder of a store', () => {
  it('is made where it is not there, with all folders above it', async () => {
    const directory = join(newFolder(), 'a', 'b');
    const backbone = await openDisk({ directory });
    await publish(backbone, 'm1');
    await backbone.close();
    expect(await storedIds(await openDisk({ directory }))).toEqual(['m1']);
  });

  it('has one owner: a second is refused by name, and the first goes on', async () => {
    const directory = newFolder();
    const first = await openDisk({ directory });
    const refusal = openDisk({ directory });
    await expect(refusal).rejects.toBeInstanceOf(DirectoryInUseError);
    await expect(refusal).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE', directory });
    await expect(refusal).rejects.toThrow(directory);
    expect((await publish(first, 'm1')).status).toBe('ok');
    await first.close();
    expect(await storedIds(await openDisk({ directory }))).toEqual(['m1']);
  });

  it('is the same by whichever path it is reached', async () => {
    const directory = newFolder();
    const link = join(newFolder(), 'link');
    symlinkSync(directory, link);
    await openDisk({ directory });
    await expect(openDisk({ directory: link })).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' });
    await expect(openDisk({ directory: `${directory}/../${directory.split('/').at(-1)}` })).rejects.toMatchObject({
      code: 'DIRECTORY_IN_USE',
    });
  });

  it('belongs to a process until its end, and to nobody after it was killed', async () => {
    const directory = newFolder();
    const script = new Script('publisher.ts', [directory, 'written', 'm']);
    await script.wrote(2);
    await expect(openDisk({ directory })).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' });
    expect((await inspect(directory)).isInUse).toBe(true);
    await script.kill();
    expect((await publish(await openDisk({ directory }), 'mine')).status).toBe('ok');
  });

  it('is given back when it cannot be opened', async () => {
    const directory = newFolder();
    writeFileSync(join(directory, 'data.mdb'), 'no database');
    await expect(openDisk({ directory })).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await expect(openDisk({ directory })).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it('may hold other files, and what an opening left that was killed', async () => {
    const directory = newFolder();
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    mkdirSync(join(directory, 'unfinished'));
    writeFileSync(join(directory, 'unfinished', 'data.mdb'), 'half of it');
    const backbone = await openDisk({ directory });
    await publish(backbone, 'm1');
    expect(readdirSync(directory).toSorted()).toEqual(['checkpoint.json', 'data.mdb', 'lock.mdb', 'notes.txt']);
    expect(backbone.repaired).toEqual([]);
  });

  it('cannot be a file, and is not made by looking for it', async () => {
    const folder = newFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    const unusable = {
      code: 'DIRECTORY_UNUSABLE',
      message: expect.stringContaining('a file where the folder should be'),
    };
    await expect(openDisk({ directory: file })).rejects.toMatchObject(unusable);
    await expect(openDisk({ directory: join(file, 'below') })).rejects.toMatchObject(unusable);
    await expect(inspect(file)).rejects.toMatchObject(unusable);
    const nowhere = join(folder, 'nowhere');
    await expect(inspect(nowhere)).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    await expect(backup(nowhere, join(folder, 'copy'))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    await expect(inspect(folder)).rejects.toThrow('holds no store');
    expect(existsSync(nowhere)).toBe(false);
  });

  it.skipIf(isRoot)('must be one that this user may read and write', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory });
    await backbone.close();
    for (const path of [join(directory, 'data.mdb'), directory]) {
      chmodSync(path, 0o000);
      await expect(openDisk({ directory })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
      chmodSync(path, 0o700);
    }
  });

  // Root may read and write everything, so the process that tries is somebody else's.
  it.runIf(isRoot)('must be one that its user may read and write', async () => {
    const directory = newFolder();
    await (await openDisk({ directory })).close();
    chmodSync(directory, 0o755);
    const script = new Script('opener.ts', [directory, 'nobody']);
    await script.ended();
    expect(script.lines).toEqual([
      `DIRECTORY_UNUSABLE ${directory} cannot be used as a store: this user may not read and write it.`,
    ]);
    chmodSync(directory, 0o777);
    chmodSync(join(directory, 'data.mdb'), 0o600);
    const second = new Script('opener.ts', [directory, 'nobody']);
    await second.ended();
    expect(second.lines[0]).toMatch(
      /^DIRECTORY_UNUSABLE .*data\.mdb cannot be used as a store: this user may not read it\.$/,
    );
  });
});
