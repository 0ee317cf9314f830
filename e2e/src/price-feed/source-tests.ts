/** Sources that fail: subscribers are told, nothing wrong is delivered, and prices go on. */

import assert from 'node:assert/strict';
import type { E2eTest } from '../suite.ts';
import type { World } from '../world.ts';
import { assertDerived, ChannelModel, dataOf } from './channel-model.ts';
import { eventually } from './eventually.ts';
import { Exchange } from './exchange.ts';
import { FeedProcess, writtenFile } from './feed-process.ts';
import { Line } from './reader.ts';
import { OPERATOR, Stage } from './stage.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'] as const;
const MARGINS = { '*': { bid: { basisPoints: '5' }, ask: { basisPoints: '7' }, last: { basisPoints: '0.5' } } };

/** How often the exchange says something while it speaks. */
const SPEAKS_EVERY_MS = 40;

export const sourceTests: readonly E2eTest[] = [
  {
    id: 'exchange-lost',
    title: 'says that prices are stale when the exchange is lost, and goes on with right ones when it is back',
    proves: ['I4', 'I5', '§5.8'],
    async run(world) {
      const exchange = await Exchange.open(world);
      const words = ['--binance-url', exchange.url, '--symbols', SYMBOLS.join(',')];
      const feed = await FeedProcess.start(world, { source: 'binance', words });
      await exchange.isHeard();
      const { version } = await feed.desk().create('gold', MARGINS);
      const line = await Line.open(world, feed.address);
      const main = await line.read('prices', { from: 'snapshot' });
      const gold = await line.read('prices.gold');
      const start = gold.seqNo;
      speak(world, exchange);
      await gold.more(20);
      await exchange.kill();
      await Promise.all([main.isTold('stale'), gold.isTold('stale')]);
      await exchange.open();
      await Promise.all([main.isTold('ok'), gold.isTold('ok')]);
      await gold.more(20);
      const end = gold.seqNo;
      await main.reaches(end);
      const model = new ChannelModel({ channel: 'gold', version, margins: new Map([[version, MARGINS]]) });
      model.know(main.state);
      assertDerived(model, main.between(start, end), gold.between(start, end));
      assert.equal(feed.program.crash, undefined);
    },
  },
  {
    id: 'feed-killed',
    title: 'says at every gateway of the engine that prices are stale when the process with the source is killed',
    proves: ['I4', 'I5', '§5.8'],
    async run(world) {
      const stage = await Stage.build(world);
      const source = await stage.feed('simulator', ['--seed', '11', '--ticks-per-second', '100']);
      const gateway = await stage.feed('none');
      const { version } = await gateway.desk(OPERATOR).create('gold', MARGINS);
      const line = await Line.open(world, gateway.address);
      const main = await line.read('prices', { from: 'snapshot' });
      const gold = await line.read('prices.gold');
      const start = gold.seqNo;
      await gold.more(50);
      await source.program.end('SIGKILL');
      await Promise.all([main.isTold('stale'), gold.isTold('stale')]);
      await source.program.restart();
      await Promise.all([main.isTold('ok'), gold.isTold('ok')]);
      await gold.more(50);
      const end = gold.seqNo;
      await main.reaches(end);
      const model = new ChannelModel({ channel: 'gold', version, margins: new Map([[version, MARGINS]]) });
      model.know(main.state);
      assertDerived(model, main.between(start, end), gold.between(start, end));
    },
  },
  {
    id: 'same-bytes-at-every-gateway',
    title: 'gives the subscribers of a channel the same bytes at the process with the source and at another gateway',
    proves: ['I3', 'I7'],
    async run(world) {
      const stage = await Stage.build(world);
      const feeds = [
        await stage.feed('simulator', ['--seed', '12', '--ticks-per-second', '300']),
        await stage.feed('none'),
      ];
      const [source, gateway] = feeds as [FeedProcess, FeedProcess];
      // Each changes what the other one serves, too.
      const born = await gateway.desk(OPERATOR).create('gold', MARGINS);
      const lines = await Promise.all(feeds.map(({ address }) => Line.open(world, address, { keepsFrames: true })));
      const [from] = (await (lines[0] as Line).client.read('prices.gold', { after: born.version - 1 }, { limit: 1 }))
        .messages;
      assert(from);
      const readers = await Promise.all(lines.map((line) => line.read('prices.gold', { from })));
      const [here, there] = readers;
      assert(here && there);
      for (let n = 1; n <= 4; n++) {
        await there.more(40);
        const desk = (n % 2 === 0 ? source : gateway).desk(OPERATOR);
        const { version } = await desk.change('gold', {
          BTCUSDT: { bid: { amount: `${n}.00` }, last: { amount: '0.01' } },
        });
        await Promise.all(readers.map((reader) => reader.reaches(version)));
      }
      await there.more(40);
      const end = there.seqNo;
      await here.reaches(end);
      const messages = there.between(born.version, end);
      assert.deepEqual(here.between(born.version, end), messages);
      assert.equal(messages.filter((message) => dataOf(message).type === 'margins').length, 4);
      const [one, other] = lines.map(({ frames }) => frames.slice(0, messages.length));
      assert.deepEqual(one, other);
    },
  },
  {
    id: 'bad-lines',
    title: 'tells each line of a recorded file that cannot be read by its number, skips it or ends there, as asked',
    proves: ['I4', 'I5', '§5.8'],
    encodings: ['json'],
    async run(world) {
      const path = writtenFile(world, 'quotes.csv', BAD_FILE.join('\n'));
      const words = ['--speed', 'full', '--bad-lines'];
      const [skipping, fatal] = await Promise.all([
        FeedProcess.start(world, { source: `file:${path}`, words: [...words, 'skip'] }),
        FeedProcess.start(world, { source: `file:${path}`, words: [...words, 'fatal'] }),
      ]);
      await eventually(async () => (await skipping.desk().sourceStats()).state === 'ended');
      await eventually(() => BAD_LINES.every((line) => isTold(skipping, line)));
      assert.deepEqual(await storedTimes(world, skipping), GOOD_LINES);
      assert.equal(linesTold(skipping), BAD_LINES.length);

      await eventually(async () => (await fatal.desk().sourceStats()).state === 'lost');
      const [firstBad = 0] = BAD_LINES;
      await eventually(() => isTold(fatal, firstBad));
      const wereBefore = GOOD_LINES.filter((line) => line < firstBad);
      assert.deepEqual(await storedTimes(world, fatal), wereBefore);
      assert.equal(linesTold(fatal), 1);
      const reader = await (await Line.open(world, fatal.address)).read('prices');
      await reader.isTold('stale');
      assert.equal((await fatal.desk().sourceStats()).accepted, wereBefore.length);
    },
  },
];

/** The time of a line is its number. */
const BAD_FILE = [
  'time,instrument,bid,ask,last',
  '2,BTCUSDT,100.01,100.02,',
  '3,BTCUSDT,,,100.02',
  '',
  '5,EURUSD,1.03521,1.03523,1.03522',
  '6,BTCUSDT,100.015,100.02,',
  '7,BTCUSDT,100.01,,',
  '8,DOGEUSDT,0.1,0.2,',
  '9,BTCUSDT,100.01',
  'yesterday,BTCUSDT,100.01,100.02,',
  '11,BTCUSDT,"100.01,100.02,',
  '12,BTCUSDT,100.03,100.04,"100.03"',
  `13,BTCUSDT,1e2,100.02,`,
  '14,EURUSD,1.03524,1.03526,',
];
const GOOD_LINES = [2, 3, 5, 12, 14];
const BAD_LINES = [6, 7, 8, 9, 10, 11, 13];

function isTold({ program }: FeedProcess, line: number): boolean {
  return program.errors.some((text) => text.includes(`quotes.csv, line ${line}: `));
}

function linesTold({ program }: FeedProcess): number {
  return program.errors.filter((text) => text.includes('quotes.csv, line ')).length;
}

/** The source times of all ticks that are stored. */
async function storedTimes(world: World, feed: FeedProcess): Promise<number[]> {
  const line = await Line.open(world, feed.address);
  const { messages } = await line.client.read('prices', { last: 100 });
  return messages.flatMap((message) => dataOf(message).sourceTime ?? []);
}

/** The exchange speaks until the test ends. */
function speak(world: World, exchange: Exchange): void {
  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    for (const [index, symbol] of SYMBOLS.entries()) {
      const whole = 3_000 + 1_000 * index + (turn % 7);
      if (turn % 3 === 0) exchange.last(symbol, `${whole}.37000000`);
      else exchange.book(symbol, `${whole}.01000000`, `${whole}.0${2 + (turn % 5)}000000`);
    }
  }, SPEAKS_EVERY_MS);
  world.onEnd(async () => clearInterval(timer));
}
