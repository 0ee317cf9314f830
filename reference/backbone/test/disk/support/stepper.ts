/**
 * A process that publishes twice and says on its standard output before and after it what it does.
 *
 * Arguments: the folder, the level.
 */

import { writeSync } from 'node:fs';
import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { DiskBackbone } from '../../../src/node/disk/index.ts';

const [, , directory = '', level] = process.argv;
const STDOUT = 1;

const backbone = await DiskBackbone.open({
  directory,
  // It stands still, so that nothing is begun because of the time.
  clock: { ...systemClock, now: () => 0 },
  random: systemRandom,
  durability: level === 'disk' ? 'disk' : 'written',
  limits: DEFAULT_LIMITS,
});
for (const messageId of ['first', 'second']) {
  writeSync(STDOUT, `begin ${messageId}\n`);
  await backbone.publish({ topic: 'a', publisher: 'p', messageId, payload: 1, sizeBytes: 10 });
  writeSync(STDOUT, `acknowledged ${messageId}\n`);
}
await backbone.close();
