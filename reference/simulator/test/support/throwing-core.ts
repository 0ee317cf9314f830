/** Worlds whose core throws, in a process of their own: a rejection that nobody hears would end any other. */

import { Gateway } from '@micro-socket/gateway';
import { settingsOf } from '../../src/index.ts';
import { type Mutant, replaceMethod } from '../../src/mutants/mutant.ts';
import { runWorld } from '../../src/run-world.ts';
import { turn } from '../../src/system/index.ts';
import { uncaught } from '../../src/system/uncaught.ts';

const FAILS: readonly Mutant['apply'][] = [
  () =>
    replaceMethod(Gateway.prototype, 'accept', () => () => {
      throw new TypeError('thrown on accept');
    }),
  () =>
    replaceMethod(Gateway.prototype, 'accept', (accept) => (gateway, connection) => {
      accept(gateway, connection);
      void Promise.reject(new RangeError('rejected on accept'));
    }),
  () => () => {},
];

const found: unknown[] = [];
for (const fail of FAILS) {
  const undo = fail();
  const { violations, virtualMs, history } = await runWorld(settingsOf(1, 'calm'), { turn, uncaught, record: true });
  undo();
  found.push({ violations, virtualMs, isFound: history?.foundAt !== undefined });
}
console.log(JSON.stringify(found));
