/**
 * An example price feed on Node: a simulated market is the main feed, and two channels are derived from it by margins.
 * Copy this folder, change the policy and the margins, and put a source of your own in the place of the simulator.
 */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MemoryBackbone } from '@micro-socket/backbone';
import { StaticPolicy } from '@micro-socket/gateway';
import { onProcessEnd } from '@micro-socket/gateway/node';
import { channelTopicOf, MarketSimulator } from '@micro-socket/price-feed';
import { serveFeed } from '@micro-socket/price-feed/node';
import { parseAddress } from '@micro-socket/transport';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { onTyped } from './typed.ts';

const { values } = parseArgs({ options: { listen: { type: 'string', default: 'ws://127.0.0.1:8080' } } });

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));

// #region serve
const ports = { clock: systemClock, random: systemRandom };
const simulator = new MarketSimulator({ ...ports, ticksPerSecond: 20 });

const running = await serveFeed({
  addresses: [parseAddress(values.listen)],
  name: 'price-feed',
  policy: new StaticPolicy(read('policy.json')),
  backbone: new MemoryBackbone(ports),
  source: simulator,
});
console.log(`listening on ${running.address}`);
// #endregion serve

// #region channels
for (const [id, margins] of Object.entries(read('channels.json'))) {
  const { current } = await running.channels.create(id, margins);
  console.log(`${channelTopicOf(running.backbone.mainTopic, id)} begins with margins version ${current.version}`);
}
// #endregion channels
console.log('the main feed is prices (token: main-token); gold-token and silver-token read one channel each');
console.log('operator-token reads everything and may change margins');

// #region source
const stopListening = onTyped({ cut: () => simulator.cut(), restore: () => simulator.restore() });
// #endregion source

// #region log
let before = '';
const logTimer = setInterval(() => {
  const { connections, subscriptions, denied } = running.gateway.stats();
  const state = running.feed?.stats.state;
  const now = `source ${state}, connections ${connections}, subscriptions ${subscriptions}, denied ${denied}`;
  if (now !== before) console.log(`${now}, at seqNo ${running.backbone.ledger.at.seqNo}`);
  before = now;
}, 1_000);
// #endregion log

// #region end
onProcessEnd(async () => {
  clearInterval(logTimer);
  stopListening();
  console.log('saying goodbye to the clients');
  await running.close();
  process.exit(0);
});
// #endregion end
