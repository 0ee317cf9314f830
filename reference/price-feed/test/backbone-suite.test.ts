/** A price backbone is a backbone: for every topic that is not its feed's, it passes the suite that all of them pass. */

import { MemoryBackbone } from '@micro-socket/backbone';
import { backboneSuite } from '@micro-socket/backbone/suite';
import { limitsWith } from '@micro-socket/protocol';
import { runs } from '../../../tests/support/runs.ts';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { PriceBackbone } from '../src/index.ts';

backboneSuite('PriceBackbone', {
  make: async (limits = {}) => {
    const clock = new ManualClock();
    const random = seededRandom(1);
    const memory = new MemoryBackbone({ clock, random, limits: limitsWith(limits) });
    const backbone = new PriceBackbone({ backbone: memory, clock, random });
    return { clock, backbone, another: async () => backbone };
  },
  skips: {
    'failure in the middle': 'Nothing lies between it and its store, which is the memory that it runs in.',
    restart: 'A new one begins with nothing, in new epochs.',
  },
  runs,
});
