/** Folders for stores, and stores in them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Limits, limitsWith } from '@micro-socket/protocol';
import { afterEach } from 'vitest';
import { ManualClock } from '../../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../../transport/test/support/seeded-random.ts';
import { DiskBackbone, type DiskBackboneOptions } from '../../../src/node/disk/index.ts';

const made: string[] = [];
const opened: DiskBackbone[] = [];

let seed = 0;

/** Everything that was opened in a test is closed after it, and every folder removed. */
export function cleansUp(): void {
  afterEach(async () => {
    for (const backbone of opened.splice(0)) await backbone.close();
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'micro-socket-disk-'));
  made.push(folder);
  return folder;
}

export type OpenOptions = Partial<Omit<DiskBackboneOptions, 'limits'>> & { readonly limits?: Partial<Limits> };

/** Opens a store, in a new folder by default, with its own clock by default. */
export async function openDisk({ limits = {}, ...options }: OpenOptions = {}): Promise<DiskBackbone> {
  seed += 1;
  const backbone = await DiskBackbone.open({
    directory: options.directory ?? newFolder(),
    clock: new ManualClock(),
    random: seededRandom(seed),
    durability: 'written',
    ...options,
    limits: limitsWith(limits),
  });
  opened.push(backbone);
  return backbone;
}
