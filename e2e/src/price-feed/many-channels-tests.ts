/** Many channels of many instruments on one process: everything arrives, and every price is right. */

import assert from 'node:assert/strict';
import type { E2eTest } from '../suite.ts';
import { assertDerived, ChannelModel } from './channel-model.ts';
import { Exchange } from './exchange.ts';
import type { MarginsText } from './expected-price.ts';
import { FeedProcess } from './feed-process.ts';
import { Line, type Reader } from './reader.ts';

const CHANNELS = 1_000;
const CONNECTIONS = 4;
const ROUNDS = 20;

/** With a price in the last two decimals. */
const SYMBOLS = new Map([
  ['BTCUSDT', 9_354_217],
  ['ETHUSDT', 342_150],
  ['BNBUSDT', 70_120],
  ['SOLUSDT', 21_433],
  ['LTCUSDT', 10_411],
  ['ADAUSDT', 1_041],
  ['DOTUSDT', 711],
  ['LINKUSDT', 2_142],
  ['AVAXUSDT', 3_914],
  ['BCHUSDT', 45_310],
]);

export const manyChannelsTests: readonly E2eTest[] = [
  {
    id: 'thousand-channels',
    title:
      'derives a thousand channels of ten instruments for a thousand subscribers, each price right to the last digit',
    proves: ['I3', 'I4', '§8'],
    encodings: ['msgpack'],
    async run(world) {
      const exchange = await Exchange.open(world);
      const words = ['--binance-url', exchange.url, '--symbols', [...SYMBOLS.keys()].join(',')];
      const feed = await FeedProcess.start(world, { source: 'binance', words });
      await exchange.isHeard();
      const desk = feed.desk();
      const models: ChannelModel[] = [];
      for (let n = 0; n < CHANNELS; n++) {
        const margins = marginsOf(n);
        const { version } = await desk.create(`c-${n}`, margins);
        models.push(new ChannelModel({ channel: `c-${n}`, version, margins: new Map([[version, margins]]) }));
      }
      const lines = await Promise.all(Array.from({ length: CONNECTIONS }, () => Line.open(world, feed.address)));
      const [line] = lines;
      assert(line);
      const { messages: state } = await line.client.read('prices', 'snapshot');
      const main = await line.read('prices');
      const readers: Reader[] = [];
      for (const [index, of] of lines.entries()) {
        const own = Array.from({ length: CHANNELS / CONNECTIONS }, (_, n) => (n * CONNECTIONS + index) % CHANNELS);
        const opened = await Promise.all(own.map((n) => of.read(`prices.c-${n}`)));
        own.forEach((n, at) => {
          readers[n] = opened[at] as Reader;
        });
      }
      const { subscriptions } = (await desk.ask('GET', '/stats')).body as { subscriptions: number };
      assert.equal(subscriptions, CHANNELS + 1);

      for (let round = 0; round < ROUNDS; round++) {
        for (const [symbol, cents] of SYMBOLS) quote(exchange, symbol, cents + round, round);
        await main.until(() => main.messages.length >= (round + 1) * SYMBOLS.size);
      }
      const count = ROUNDS * SYMBOLS.size;
      await Promise.all(readers.map((reader) => reader.until(() => reader.messages.length >= count)));
      for (const [n, reader] of readers.entries()) {
        const model = models[n] as ChannelModel;
        model.know(state);
        assertDerived(model, main.messages, reader.messages);
      }
    },
  },
];

/** In most rounds the book, in some the price of the newest trade. */
function quote(exchange: Exchange, symbol: string, cents: number, round: number): void {
  const text = (of: number) => `${Math.floor(of / 100)}.${`${of % 100}`.padStart(2, '0')}000000`;
  // BNBUSDT moves in steps of ten cents.
  const price = symbol === 'BNBUSDT' ? cents - (cents % 10) : cents;
  if (round % 4 === 3) exchange.last(symbol, text(price));
  else exchange.book(symbol, text(price), text(price + 10));
}

/** Of no two channels the same. */
function marginsOf(n: number): MarginsText {
  const points = `${n % 97}.${`${n % 100}`.padStart(2, '0')}`;
  return {
    '*': { bid: { basisPoints: points }, ask: { basisPoints: `${n / 100}` }, last: { basisPoints: `-${n / 100}` } },
    BTCUSDT: { bid: { amount: `${n}.07` }, ask: { basisPoints: points, amount: '0.01' } },
  };
}
