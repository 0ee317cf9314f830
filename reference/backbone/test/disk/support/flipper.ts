/**
 * A process that changes a store's data file in one place after the other, opens it each time, and looks at all that it
 * serves. It counts what came of it, and says so on its standard output.
 *
 * Arguments: the folder, with messages whose payloads are their ids; how often; a seed.
 */

import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { limitsWith } from '@micro-socket/protocol';
import { systemClock } from '@micro-socket/transport/node';
import { seededRandom } from '../../../../transport/test/support/seeded-random.ts';
import { DiskBackbone, StoreDamagedError } from '../../../src/node/disk/index.ts';
import { chainBreaks } from '../../../suite/chain.ts';
import { changeBytes, sizeOf } from './bytes.ts';

const [, , directory = '', times = '1', seed = '1'] = process.argv;
const random = seededRandom(Number(seed));
const dataFile = join(directory, 'data.mdb');
const good = `${dataFile}.good`;
copyFileSync(dataFile, good);
const size = sizeOf(good);

const below = (count: number) => random.uint32() % count;

const open = () =>
  DiskBackbone.open({
    directory,
    clock: systemClock,
    random,
    durability: 'written',
    limits: limitsWith({ historyLengthMax: 200 }),
  });

async function contentOf(backbone: DiskBackbone) {
  const entries = await backbone.read('a', { afterSeqNo: 0, limit: 1_000 });
  const state = (await backbone.snapshot('a')).entries;
  const head = await backbone.head('a');
  return { entries, state, head };
}

const first = await open();
const before = await contentOf(first);
await first.close();
copyFileSync(dataFile, good);

/** Pages that are in use are the ones that matter, and the first bytes of a page more than others. */
function somewhere(): number {
  const at = below(size);
  return below(3) === 0 ? at - (at % 4_096) + below(200) : at;
}

async function outcomeOf(): Promise<string> {
  let backbone: DiskBackbone;
  try {
    backbone = await open();
  } catch (error) {
    if (error instanceof StoreDamagedError) return 'refused';
    throw error;
  }
  try {
    const { entries, state, head } = await contentOf(backbone);
    const isKnown = [...entries, ...state].every(({ payload, messageId }) => payload === messageId);
    if (!isKnown || chainBreaks(entries).length > 0) return 'wrong';
    const isWhole = entries.length === before.entries.length && state.length === before.state.length;
    const isSameEpoch = head.epoch === before.head.epoch;
    // Without a new epoch nothing may be missing.
    if (!isWhole && isSameEpoch) return 'wrong';
    await backbone.publish({ topic: 'a', publisher: 'p', messageId: `n${random.uint32()}`, payload: 1, sizeBytes: 1 });
    return isSameEpoch ? 'harmless' : 'repaired';
  } finally {
    await backbone.close();
  }
}

const counts: Record<string, number> = {};
for (let at = 0; at < Number(times); at++) {
  copyFileSync(good, dataFile);
  rmSync(join(directory, 'closed.json'), { force: true });
  const place = somewhere();
  const mask = below(2) === 0 ? 1 << below(8) : 1 + below(255);
  changeBytes(dataFile, place, 1, (bytes) => {
    bytes[0] = (bytes[0] ?? 0) ^ mask;
  });
  const outcome = await outcomeOf();
  counts[outcome] = (counts[outcome] ?? 0) + 1;
  if (outcome === 'wrong') console.log(`wrong: byte ${place} of ${size}, now ${readFileSync(dataFile)[place]}`);
}
console.log(JSON.stringify(counts));
