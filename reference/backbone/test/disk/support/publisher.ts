/**
 * A process that publishes until it is killed. It says on its standard output what was acknowledged, one position a line,
 * before anything else can happen.
 *
 * Arguments: the folder, the level, a name that begins all message ids.
 */

import { writeSync } from 'node:fs';
import { limitsWith } from '@micro-socket/protocol';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { DiskBackbone } from '../../../src/node/disk/index.ts';

const [, , directory = '', level, name = ''] = process.argv;
const STDOUT = 1;
const TOPICS = 4;
const WAITING = 40;

const backbone = await DiskBackbone.open({
  directory,
  clock: systemClock,
  random: systemRandom,
  durability: level === 'disk' ? 'disk' : 'written',
  limits: limitsWith({ historyLengthMax: 300, stateKeysMax: 50 }),
});

let published = 0;

async function publishForEver(): Promise<never> {
  for (;;) {
    published += 1;
    const number = published;
    const topic = `t${number % TOPICS}`;
    const messageId = `${name}-${number}`;
    const payload = { number, text: 'x'.repeat(number % 900) };
    const key = number % 3 === 0 ? undefined : `k${number % 20}`;
    const request = { topic, publisher: 'p', messageId, payload, key, sizeBytes: 100 };
    const { position } = await backbone.publish(request);
    writeSync(STDOUT, `${JSON.stringify([topic, position, number])}\n`);
  }
}

writeSync(STDOUT, 'ready\n');
for (let at = 0; at < WAITING; at++) void publishForEver();
