import { rmSync } from 'node:fs';
import { describe } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import type { DiskBackbone } from '../../src/node/disk/index.ts';
import { backboneSuite } from '../../suite/index.ts';
import { newFolder, openDisk } from './support/folders.ts';

/** How a level is tried: `disk` waits for a real disk with every publish, so it is tried less often. */
const TRIES = { written: 0.1, disk: 0.02 } as const;

describe.each(['written', 'disk'] as const)('at the level %s', (durability) => {
  backboneSuite('DiskBackbone', {
    make: async (limits = {}) => {
      const clock = new ManualClock();
      const directory = newFolder();
      const open = () => openDisk({ directory, clock, durability, limits });
      let current: DiskBackbone = await open();
      return {
        clock,
        backbone: current,
        restart: async () => {
          await current.abandon();
          current = await open();
          return current;
        },
        dispose: async () => {
          await current.close();
          rmSync(directory, { recursive: true });
        },
      };
    },
    skips: {
      'several gateways': 'A store belongs to one process.',
      'failure in the middle': 'Nothing lies between this backbone and its store; a full disk is tried on its own.',
    },
    runs: (count) => Math.ceil(runs(count) * TRIES[durability]),
  });
});
