import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { inspect } from '../../src/node/disk/index.ts';
import { cleansUp, newFolder, openDisk } from './support/folders.ts';
import { Script } from './support/processes.ts';

cleansUp();

/** The filler raises its own limit again with this command, which only Linux has. */
const canLimit = spawnSync('prlimit', ['--version']).error === undefined;

/** What `filler.ts` says of itself. */
interface Filling {
  readonly acknowledged: readonly string[];
  readonly refused: readonly string[];
  readonly codes: readonly string[];
  readonly problem: string;
  readonly readWhileFull: readonly string[];
  readonly afterwards: readonly string[];
  readonly problemAfterwards: string | null;
  readonly heard: readonly string[];
  readonly failedCommits: number;
}

async function fill(args: readonly string[], wrapper: readonly string[] = []): Promise<Filling> {
  const script = new Script('filler.ts', args, wrapper);
  const end = await script.ended();
  expect([end, end === '0' ? '' : script.errors]).toEqual(['0', '']);
  return JSON.parse(script.lines.at(-1) ?? '') as Filling;
}

/** What every filling must have come to, and the store that it leaves. */
async function checkFilling(directory: string, filling: Filling): Promise<void> {
  const { acknowledged, refused, codes, problem, readWhileFull, heard, afterwards } = filling;
  expect(refused.length).toBeGreaterThan(0);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(codes).toEqual(['UNAVAILABLE']);
  expect(problem).toContain(directory);
  // A write that was cut short is an input/output error to LMDB.
  expect(problem).toMatch(
    /(File too large|No space left on device|Input\/output error)\. Its file system has \d+ bytes left\./,
  );
  // Nobody heard or can read what was not acknowledged, and all that was is there.
  expect(heard).toEqual(acknowledged);
  expect(readWhileFull).toEqual(acknowledged.slice(-readWhileFull.length));
  expect(afterwards.length).toBeGreaterThan(0);
  expect(filling.problemAfterwards).toBeNull();

  expect((await inspect(directory)).problems).toEqual([]);
  const backbone = await openDisk({ directory, limits: { historyLengthMax: 100_000 } });
  const entries = await backbone.read('a', { afterSeqNo: 0, limit: 100_000 });
  expect(entries.map(({ messageId }) => messageId)).toEqual([...acknowledged, ...afterwards]);
  await backbone.close();
}

describe('a disk that is full', () => {
  // A limit of the size of files is what every user can set; the shell counts it in blocks of 1,024 bytes.
  it.skipIf(!canLimit)(
    'by a limit of the size of a file: publishes are UNAVAILABLE, nothing acknowledged is lost, and it goes on when there is room',
    async () => {
      const directory = newFolder();
      const filling = await fill([directory, 'disk', 'limit'], ['bash', '-c', 'ulimit -S -f 600 && exec "$@"', 'bash']);
      expect(filling.failedCommits).toBeGreaterThan(0);
      await checkFilling(directory, filling);
    },
  );

  const mounted: string[] = [];

  afterEach(() => {
    for (const folder of mounted.splice(0)) spawnSync('umount', [folder]);
  });

  /** A small file system of its own, where this user may make one. */
  function smallDisk(): string | undefined {
    const folder = join(newFolder(), 'small');
    mkdirSync(folder);
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', folder]);
    if (status !== 0) return undefined;
    mounted.push(folder);
    return folder;
  }

  describe.each(['disk', 'written'] as const)('really', (level) => {
    it(`the same, at the level ${level}`, async ({ skip }) => {
      const folder = smallDisk();
      if (folder === undefined) {
        skip('Only root may make a small file system, and not in every container.');
        return;
      }
      const filling = await fill([folder, level, 'ballast']);
      await checkFilling(folder, filling);
    });
  });
});
