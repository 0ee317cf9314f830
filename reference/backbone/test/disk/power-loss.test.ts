import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { type DiskBackbone, inspect } from '../../src/node/disk/index.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, idsOf, publish, stored } from '../../suite/harness.ts';
import { cleansUp, newFolder, openDisk } from './support/folders.ts';

cleansUp();

const PAGE_BYTES = 4_096;

/** So often the checkpoint is looked at before another message is published, which may begin one. */
const LOOKS = 100;

/** Publishes until a new checkpoint is there; what was published first is in it. */
async function checkpointed(backbone: DiskBackbone, clock: ManualClock, file: string, prefix: string): Promise<void> {
  const before = readFileSync(file, 'utf8');
  await clock.advance(1_000);
  for (let tries = 0; readFileSync(file, 'utf8') === before; tries++) {
    await publish(backbone, tries === 0 ? prefix : `${prefix}.${tries}`);
    for (let look = 0; look < LOOKS && readFileSync(file, 'utf8') === before; look++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** What a disk has when the power goes: of each page, what it had before or what was written since. */
function mixed(before: Buffer, after: Buffer, isNew: () => boolean): Buffer {
  const mixed = Buffer.alloc(after.length);
  before.copy(mixed);
  for (let at = 0; at < after.length; at += PAGE_BYTES) if (isNew()) after.copy(mixed, at, at, at + PAGE_BYTES);
  return mixed;
}

describe('the loss of power at the level written', () => {
  it('costs the newest messages, and neither older ones nor the store, whichever pages the disk has (I6)', async () => {
    const directory = newFolder();
    const clock = new ManualClock();
    const [dataFile, checkpoint] = [join(directory, 'data.mdb'), join(directory, 'checkpoint.json')];
    const limits = { historyLengthMax: 200, dedupWindowMs: 5_000 };
    const backbone = await openDisk({ directory, clock, limits, bootId: 'before' });
    const fill = async (prefix: string) => {
      for (let round = 0; round < 12; round++) {
        const some = ids(9, `${prefix}${round}.`);
        await Promise.all(some.map((id, at) => publish(backbone, id, { key: at % 2 === 0 ? `k${at}` : undefined })));
      }
    };
    for (const prefix of ['a', 'b', 'c']) {
      await fill(prefix);
      await checkpointed(backbone, clock, checkpoint, `${prefix}.`);
    }
    const { position } = await publish(backbone, 'before');
    // The next publish begins a checkpoint, and what is there then is what the disk has.
    await checkpointed(backbone, clock, checkpoint, 'safe');
    const atCheckpoint = readFileSync(dataFile);
    await fill('d');
    const all = idsOf(await stored(backbone));
    const epoch = (await backbone.head('a')).epoch;
    await backbone.abandon();
    const afterwards = readFileSync(dataFile);
    copyFileSync(checkpoint, `${checkpoint}.kept`);

    const random = seededRandom(5);
    const outcomes = new Set<string>();
    for (let round = 0; round < runs(12); round++) {
      const share = 1 + (random.uint32() % 9);
      writeFileSync(
        dataFile,
        mixed(atCheckpoint, afterwards, () => random.uint32() % 10 < share),
      );
      copyFileSync(`${checkpoint}.kept`, checkpoint);
      rmSync(join(directory, 'closed.json'), { force: true });
      const restarted = await openDisk({ directory, clock, limits, bootId: 'after' });
      const entries = await stored(restarted);
      expect(chainBreaks(entries)).toEqual([]);
      expect(entries[0]?.epoch).not.toBe(epoch);
      // What was stored before is there, and nothing is missing but the newest.
      const found = idsOf(entries);
      expect(found).toContain('safe');
      const common = all.slice(0, 1 + all.indexOf(found.at(-1) ?? ''));
      expect(found.slice(-common.length)).toEqual(common);
      outcomes.add(restarted.repaired.length === 0 ? 'as it was' : 'rolled back');
      expect((await publish(restarted, `new${round}`)).position.seqNo).toBeGreaterThan(position.seqNo);
      await restarted.close();
      expect((await inspect(directory)).problems).toEqual([]);
    }
    expect(outcomes).toContain('rolled back');
  });

  it('leaves a folder that was closed without anything to roll back to', async () => {
    const directory = newFolder();
    const backbone = await openDisk({ directory });
    await publish(backbone, 'm1');
    expect(existsSync(join(directory, 'checkpoint.json'))).toBe(true);
    await backbone.close();
    expect(existsSync(join(directory, 'checkpoint.json'))).toBe(false);
    const onDisk = await openDisk({ directory, durability: 'disk' });
    await publish(onDisk, 'm2');
    expect(existsSync(join(directory, 'checkpoint.json'))).toBe(false);
    await onDisk.abandon();
  });

  it('does not let one file be rolled back to the state of another', async () => {
    const [one, other] = [newFolder(), newFolder()];
    for (const directory of [one, other]) {
      const backbone = await openDisk({ directory });
      await publish(backbone, 'm1');
      await backbone.abandon();
    }
    copyFileSync(join(one, 'checkpoint.json'), join(other, 'checkpoint.json'));
    writeFileSync(join(other, 'data.mdb'), readFileSync(join(other, 'data.mdb')).fill(0xff, 3 * PAGE_BYTES));
    await expect(openDisk({ directory: other })).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });
});
