/**
 * A process that opens a store as another user, and says on its standard output why it could not.
 *
 * Arguments: the folder, the user.
 */

import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { DiskBackbone } from '../../../src/node/disk/index.ts';

const [, , directory = '', user = ''] = process.argv;
process.setuid?.(user);
const ports = { clock: systemClock, random: systemRandom };
try {
  const backbone = await DiskBackbone.open({ directory, ...ports, durability: 'written', limits: DEFAULT_LIMITS });
  await backbone.close();
  console.log('opened');
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  console.log(`${code} ${message}`);
}
