/**
 * An example gateway on Node: who may do what comes from policy.json, and a small price walk gives a reader something
 * to subscribe to. Copy this folder and change the policy and the topics.
 */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MemoryBackbone } from '@micro-socket/backbone';
import { StaticPolicy } from '@micro-socket/gateway';
import { onProcessEnd, serve } from '@micro-socket/gateway/node';
import { parseAddress } from '@micro-socket/transport';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { startPriceWalk } from './price-walk.ts';

const { values } = parseArgs({ options: { listen: { type: 'string', default: 'ws://127.0.0.1:8080' } } });

// #region serve
const policy = new StaticPolicy(JSON.parse(readFileSync(new URL('../policy.json', import.meta.url), 'utf8')));
const backbone = new MemoryBackbone({ clock: systemClock, random: systemRandom });

const running = await serve({ addresses: [parseAddress(values.listen)], name: 'node-gateway', policy, backbone });
console.log(`listening on ${running.address}`);
// #endregion serve

const stopPrices = startPriceWalk(backbone, systemClock, systemRandom);
console.log('publishing prices.eurusd and prices.gbpusd once a second (token: reader-token)');
console.log('everybody may subscribe and publish on demo.>');

// #region log
let before = '';
const logTimer = setInterval(() => {
  const { connections, subscriptions, denied, badFrames } = running.gateway.stats();
  const now = `connections ${connections}, subscriptions ${subscriptions}, denied ${denied}, bad frames ${badFrames}`;
  if (now !== before) console.log(now);
  before = now;
}, 1_000);
// #endregion log

// #region end
onProcessEnd(async () => {
  clearInterval(logTimer);
  stopPrices();
  console.log('saying goodbye to the clients');
  await running.close();
  process.exit(0);
});
// #endregion end
