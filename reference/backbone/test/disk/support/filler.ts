/**
 * A process that publishes until there is no room any more, then makes room, and says on its standard output what came of
 * it all.
 *
 * Arguments: the folder; the level; how room is made: `ballast`, by removing a file that took it, or `limit`, by raising
 * the limit of the process for the size of files.
 */

import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitsWith } from '@micro-socket/protocol';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { DiskBackbone } from '../../../src/node/disk/index.ts';

const [, , directory = '', level, way] = process.argv;
const ballast = join(directory, 'ballast');
const BALLAST_BYTES = 200_000;

const backbone = await DiskBackbone.open({
  directory,
  clock: systemClock,
  random: systemRandom,
  durability: level === 'disk' ? 'disk' : 'written',
  limits: limitsWith({ historyLengthMax: 100_000 }),
});
if (way === 'ballast') writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 1));

const heard: string[] = [];
await backbone.subscribe('a', ({ messageId }) => heard.push(messageId));
const acknowledged: string[] = [];
const refused: string[] = [];
const codes = new Set<string>();

async function publish(messageId: string): Promise<boolean> {
  const request = { topic: 'a', publisher: 'p', messageId, payload: 'x'.repeat(1_000), sizeBytes: 1_000 };
  try {
    await backbone.publish(request);
    return true;
  } catch (error) {
    codes.add(`${(error as { code?: unknown }).code}`);
    return false;
  }
}

async function publishSome(prefix: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, at) => `${prefix}.${at}`);
  const outcomes = await Promise.all(ids.map(publish));
  for (const [at, id] of ids.entries()) (outcomes[at] === true ? acknowledged : refused).push(id);
}

async function storedIds(): Promise<string[]> {
  const entries = await backbone.read('a', { afterSeqNo: 0, limit: 100_000 });
  return entries.map(({ messageId }) => messageId);
}

for (let round = 0; refused.length === 0; round++) await publishSome(`r${round}`, 7);
const { problem } = backbone;
// It stays full for a while, and is asked again and again.
for (let round = 0; round < 5; round++) await publishSome(`full${round}`, 3);
const readWhileFull = await storedIds();
const heardWhileFull = [...heard];

if (way === 'ballast') rmSync(ballast);
else spawnSync('prlimit', ['--fsize=unlimited', '--pid', `${process.pid}`]);
const afterwards: string[] = [];
// The very same message, which nobody stored, is stored now.
for (const id of refused.slice(0, 3)) if (await publish(id)) afterwards.push(id);

const result = {
  acknowledged,
  refused,
  codes: [...codes],
  problem,
  readWhileFull,
  heard: heardWhileFull,
  afterwards,
  problemAfterwards: backbone.problem ?? null,
  failedCommits: backbone.counters.failedCommits,
};
await backbone.close();
console.log(JSON.stringify(result));
