/**
 * Prints the main feed and one channel side by side, once a second: `npm run watch -w examples/price-feed`.
 *
 * They are two customers with two tokens, as they would be in the world: who reads gold may not read the main feed.
 */

import { parseArgs } from 'node:util';
import { connect } from '@micro-socket/client/node';
import { lineOf, SideBySide } from './side-by-side.ts';

const { values } = parseArgs({
  options: {
    connect: { type: 'string', default: 'ws://127.0.0.1:8080' },
    channel: { type: 'string', default: 'gold' },
  },
});
const { channel } = values;

// #region watch
const sideBySide = new SideBySide();
const mainReader = await connect(values.connect, { token: 'main-token' });
const channelReader = await connect(values.connect, { token: `${channel}-token` });

await mainReader.subscribe('prices', {
  from: 'snapshot',
  onMessage: (message) => sideBySide.take('main', message),
});
await channelReader.subscribe(`prices.${channel}`, {
  from: 'snapshot',
  onMessage: (message) => sideBySide.take('channel', message),
  onHealth: ({ state }) => console.log(`prices.${channel} is ${state}`),
});
// #endregion watch

const timer = setInterval(() => {
  if (sideBySide.inOrder().length === 0) return;
  console.log(`\n${''.padEnd(8)}     ${'main'.padStart(11)} ${channel.padStart(11)} difference`);
  for (const pair of sideBySide.inOrder()) console.log(lineOf(pair));
}, 1_000);

process.once('SIGINT', async () => {
  clearInterval(timer);
  await Promise.all([mainReader.close(), channelReader.close()]);
});
