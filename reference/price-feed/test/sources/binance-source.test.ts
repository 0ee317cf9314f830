import { once } from 'node:events';
import { backOffMs } from '@micro-socket/client';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { PriceFeedError } from '../../src/core/errors.ts';
import { BinanceMerge } from '../../src/core/sources/binance-merge.ts';
import { type BinanceMessage, parseBinanceMessage } from '../../src/core/sources/binance-messages.ts';
import { binanceInstruments, binanceStreamUrl } from '../../src/core/sources/binance-streams.ts';
import { SeededRandom } from '../../src/core/sources/seeded-random.ts';
import {
  BinanceSource,
  type BinanceSourceOptions,
  EXCHANGE_BACK_OFF,
  MESSAGE_CHARS_MAX,
  SILENCE_MS,
} from '../../src/node/binance-source.ts';
import { type DialExchange, dialExchange, type ExchangeHandler } from '../../src/node/exchange-dial.ts';
import { Exchange, messagesOf } from './support/exchange.ts';
import { RecordingSink } from './support/recording-sink.ts';

const PRICES = messagesOf('binance-prices.ndjson');
const ODDITIES = messagesOf('binance-oddities.ndjson');
const [BOOK = '', MINI = ''] = PRICES;
const NOW = 1_709_251_200_000;
/** No jitter: dialled again as late as the back-off allows. */
const LATEST = { uint32: () => 0xffffffff };

let exchange: Exchange;
let clock: ManualClock;
let sink: RecordingSink;
let source: BinanceSource;
/** When the source has dialled. */
let dials: number[];

const dial: DialExchange = (url, handler) => {
  dials.push(clock.now());
  return dialExchange(url, handler);
};

async function started(options: Partial<BinanceSourceOptions> = {}): Promise<void> {
  const symbols = ['BTCUSDT', 'bnbusdt', 'PEPEUSDT'];
  source = new BinanceSource({ symbols, url: exchange.url, clock, random: LATEST, dial, ...options });
  await source.start(sink);
}

/** Resolves when the source has got everything that was sent before: it answers pings in their order. */
async function got(index = 0): Promise<void> {
  const connection = await exchange.connection(index);
  connection.ping();
  await once(connection, 'pong');
}

async function sent(messages: readonly string[], index = 0): Promise<void> {
  const connection = await exchange.connection(index);
  for (const message of messages) connection.send(message);
  await got(index);
}

/** Resolves when the source has been told so many times that there is nothing to tell. */
function lost(times: number): Promise<void> {
  return sink.until(() => sink.states.filter((state) => state.startsWith('lost')).length === times);
}

/** Lets time go on until the source dials, and waits without the clock until it is through: sockets take real turns. */
async function dialled(index: number): Promise<void> {
  while (dials.length <= index) await clock.advance(100);
  await exchange.connection(index);
}

describe('the Binance source', () => {
  beforeEach(async () => {
    exchange = await Exchange.opened();
    clock = new ManualClock(NOW);
    sink = new RecordingSink();
    dials = [];
  });

  afterEach(async () => {
    await source.stop();
    await exchange.close();
  });

  it('asks for two streams of each symbol, and tells the instruments at the start', async () => {
    await started();
    await exchange.connection(0);
    expect(exchange.paths).toEqual([
      '/stream?streams=btcusdt@miniTicker/btcusdt@bookTicker/bnbusdt@miniTicker/bnbusdt@bookTicker/pepeusdt@miniTicker/pepeusdt@bookTicker',
    ]);
    expect(sink.instruments).toEqual([
      { id: 'BTCUSDT', decimals: 2, tickSize: 1 },
      { id: 'BNBUSDT', decimals: 2, tickSize: 1 },
      { id: 'PEPEUSDT', decimals: 8, tickSize: 1 },
    ]);
    expect(sink.states).toEqual([]);
  });

  it('tells complete ticks of recorded messages, exactly, and is found with the first one', async () => {
    await started();
    await sent(PRICES);
    const book = { instrument: 'BTCUSDT', bid: 6_712_345, ask: 6_712_346 };
    expect(sink.ticks).toEqual([
      { ...book, sourceTime: NOW },
      { ...book, last: 6_712_346, sourceTime: NOW + 250 },
      { instrument: 'BNBUSDT', bid: 2_530, ask: 2_540, sourceTime: NOW },
      { ...book, bid: 6_712_344, last: 6_712_346, sourceTime: NOW + 250.001 },
      { instrument: 'PEPEUSDT', last: 712, sourceTime: NOW + 251 },
    ]);
    expect(sink.states).toEqual(['found']);
    expect(sink.problems).toEqual([]);
  });

  it('counts and tells what it cannot read, and goes on', async () => {
    await started();
    await sent([...ODDITIES, 'x'.repeat(MESSAGE_CHARS_MAX + 1), BOOK]);
    expect(sink.ticks).toHaveLength(1);
    expect(source.count('malformed messages')).toBe(11);
    expect(source.count('unknown messages')).toBe(2);
    expect(source.count('refusals')).toBe(1);
    expect(source.count('oversize messages')).toBe(1);
    expect(sink.problems).toHaveLength(15);
    expect(sink.problems).toContain('binance: BTCUSDT: last has at most 2 decimals; "67123.46100000" has more.');
    expect(sink.problems).toContain('binance: Nobody asked for this symbol: DOGEUSDT');
    expect(sink.states).toEqual(['found']);
  });

  it('tells a bounded number of times what it cannot read', async () => {
    await started();
    await sent(Array.from({ length: 1_000 }, () => 'nonsense'));
    expect(source.count('malformed messages')).toBe(1_000);
    expect(sink.problems).toHaveLength(21);
  });

  it('says that it is lost when it is cut, dials again, and has forgotten what it knew', async () => {
    await started();
    await sent(PRICES);
    (await exchange.connection(0)).terminate();
    await lost(1);
    await dialled(1);
    expect(sink.states).toEqual(['found', 'lost: Binance: the connection was closed (code 1006).']);
    const before = sink.ticks.length;
    await sent([MINI.replace('1709251200250', String(Math.floor(clock.now())))], 1);
    expect(sink.states).toHaveLength(3);
    expect(sink.states[2]).toBe('found');
    expect(sink.ticks.slice(before)).toMatchObject([{ instrument: 'BTCUSDT', last: 6_712_346 }]);
    expect(sink.ticks.at(-1)).not.toHaveProperty('bid');
  });

  it('tells the reason that the exchange gives for closing', async () => {
    await started();
    await sent([BOOK]);
    (await exchange.connection(0)).close(1008, 'Pong timeout');
    await lost(1);
    expect(sink.states[1]).toBe('lost: Binance: the connection was closed (code 1008, Pong timeout).');
  });

  it('waits longer with each failure, and begins anew after a connection that was stable', async () => {
    const handlers: ExchangeHandler[] = [];
    await started({
      dial: (_url, handler) => {
        dials.push(clock.now());
        handlers.push(handler);
        return { cut: () => handler.onClose('cut') };
      },
    });
    const keepAlive = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        handlers.at(-1)?.onMessage(BOOK);
        await clock.advance(1_000);
      }
    };
    handlers[0]?.onClose('nobody listens there');
    const from = clock.now();
    await clock.advance(1_000);
    expect(dials[1]).toBeCloseTo(from + 1_000, 3);
    handlers[1]?.onClose('nobody listens there');
    await clock.advance(2_000);
    expect(dials[2]).toBeCloseTo(from + 3_000, 3);
    await keepAlive(9_000);
    handlers[2]?.onClose('nobody listens there');
    await clock.advance(4_000);
    expect(dials[3]).toBeCloseTo(from + 16_000, 3);
    await keepAlive(11_000);
    handlers[3]?.onClose('nobody listens there');
    await clock.advance(1_000);
    expect(dials[4]).toBeCloseTo(from + 28_000, 3);
    const nobody = 'lost: Binance: nobody listens there.';
    expect(sink.states).toEqual([nobody, 'found', nobody, 'found', nobody]);
  });

  it('says that it is lost when nobody listens, and is found as soon as somebody does', async () => {
    const { port, url } = exchange;
    await exchange.close();
    await started({ url });
    await lost(1);
    expect(sink.states[0]).toMatch(/^lost: Binance: .*ECONNREFUSED/);
    exchange = await Exchange.opened(port);
    while (dials.length < 2) await clock.advance(100);
    await exchange.connection(0);
    await sent([BOOK]);
    expect(sink.states.slice(1)).toEqual(['found']);
  });

  it('cuts a connection that tells no price for ten seconds, whatever else it says, and dials again', async () => {
    await started();
    await sent([BOOK]);
    await clock.advance(SILENCE_MS - 1);
    await sent([MINI]);
    await clock.advance(SILENCE_MS - 1);
    await sent(['{"result":null,"id":1}']);
    expect(sink.states).toEqual(['found']);
    const connection = await exchange.connection(0);
    const closed = once(connection, 'close');
    await clock.advance(1);
    expect(sink.states).toEqual(['found', 'lost: Binance: there was no price for 10 s.']);
    await closed;
    await dialled(1);
    await sent([BOOK], 1);
    expect(sink.states).toEqual(['found', 'lost: Binance: there was no price for 10 s.', 'found']);
  });

  it('cuts an exchange that accepts nothing within ten seconds', async () => {
    let cuts = 0;
    await started({
      dial: (_url, handler) => ({
        cut: () => {
          cuts += 1;
          handler.onClose('it was given up');
        },
      }),
    });
    await clock.advance(SILENCE_MS);
    expect(cuts).toBe(1);
    expect(sink.states).toEqual(['lost: Binance: there was no price for 10 s.']);
  });

  it('dials again when the exchange says that it shuts down', async () => {
    const said = [
      '{"e":"serverShutdown","E":1770123456789}',
      '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
      '{"event":{"e":"serverShutdown","E":1770123456789}}',
    ];
    await started();
    for (const [index, message] of said.entries()) {
      await sent([BOOK], index);
      (await exchange.connection(index)).send(message);
      await lost(index + 1);
      await dialled(index + 1);
    }
    const shutdown = 'lost: Binance: the exchange shuts this connection down.';
    expect(sink.states).toEqual(said.flatMap(() => ['found', shutdown]));
  });

  it('answers pings with what they carried', async () => {
    await started();
    const connection = await exchange.connection(0);
    connection.ping('1709251200000');
    const [payload] = await once(connection, 'pong');
    expect(String(payload)).toBe('1709251200000');
  });

  it('is cut by a message that is far too large, and says so', async () => {
    await started();
    await sent([BOOK]);
    (await exchange.connection(0)).send('x'.repeat(2_000_000));
    await lost(1);
    expect(sink.states[1]).toMatch(/^lost: Binance: .*Max payload size exceeded/);
  });

  it('ends its connection and its timers when it is stopped, and tells nothing after that', async () => {
    await started();
    await sent([BOOK]);
    const closed = once(await exchange.connection(0), 'close');
    await source.stop();
    await closed;
    expect(clock.timerCount).toBe(0);
    await clock.advance(60_000);
    expect(exchange.connections).toHaveLength(1);
    expect(sink.states).toEqual(['found']);
    await source.stop();
  });
});

describe("Binance's messages", () => {
  it('are the same combined and raw', () => {
    for (const message of PRICES) {
      const { data } = JSON.parse(message);
      expect(parseBinanceMessage(JSON.stringify(data))).toEqual(parseBinanceMessage(message));
    }
    expect(parseBinanceMessage(BOOK)).toEqual({
      kind: 'book',
      symbol: 'BTCUSDT',
      bid: '67123.45000000',
      ask: '67123.46000000',
    });
  });

  it('never make the parser throw, whatever the bytes', () => {
    const cut = fc.tuple(fc.constantFrom(...PRICES, ...ODDITIES), fc.nat(), fc.string()).map(([message, at, part]) => {
      const where = at % message.length;
      return message.slice(0, where) + part + message.slice(where + part.length);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), cut), (text) => {
        const merge = new BinanceMerge(binanceInstruments(['BTCUSDT', 'BNBUSDT'], []));
        const message = parseBinanceMessage(text);
        if (message.kind !== 'last' && message.kind !== 'book') return;
        try {
          merge.tick(message, NOW);
        } catch (error) {
          expect(error).toBeInstanceOf(PriceFeedError);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('the merge of the streams', () => {
  const merge = () => new BinanceMerge(binanceInstruments(['BTCUSDT'], []));
  const last = (eventTime: number, price = '1.00') =>
    ({ kind: 'last', symbol: 'BTCUSDT', last: price, eventTime }) as const satisfies BinanceMessage;
  const book = { kind: 'book', symbol: 'BTCUSDT', bid: '1.00', ask: '2.00' } as const satisfies BinanceMessage;

  it('has source times that rise, though the two streams have different clocks', () => {
    const merged = merge();
    const times = [
      merged.tick(book, NOW + 500)?.sourceTime,
      merged.tick(last(NOW), NOW + 501)?.sourceTime,
      merged.tick(book, NOW + 501)?.sourceTime,
      merged.tick(last(NOW + 2_000), NOW + 502)?.sourceTime,
      merged.tick(book, NOW + 503)?.sourceTime,
    ];
    expect(times).toEqual([NOW + 500, NOW + 500.001, NOW + 501, NOW + 2_000, NOW + 2_000.001]);
  });

  it('does not believe an event time that cannot be', () => {
    expect(merge().tick(last(NOW + 3_600_000), NOW)?.sourceTime).toBe(NOW);
    expect(merge().tick(last(NOW - 3_600_000), NOW)?.sourceTime).toBe(NOW);
  });

  it('changes nothing for a book of which one side cannot be read', () => {
    const merged = merge();
    merged.tick(book, NOW);
    expect(() => merged.tick({ ...book, bid: '1.50', ask: 'x' }, NOW + 1)).toThrow(PriceFeedError);
    expect(merged.tick(last(NOW + 2), NOW + 2)).toMatchObject({ bid: 100, ask: 200, last: 100 });
  });
});

describe('what is asked of Binance', () => {
  it('is refused where symbols or address cannot be, naming them', () => {
    const url = (base: string) => () => binanceStreamUrl(base, binanceInstruments(['BTCUSDT'], []));
    expect(url('wss://data-stream.binance.vision/')()).toMatch(
      /^wss:\/\/data-stream.binance.vision\/stream\?streams=btcusdt@/,
    );
    for (const base of ['', 'http://x', 'wss://x/ws', 'wss://[', 'x'])
      expect(url(base), base).toThrow(/address of the exchange/);
    expect(() => binanceInstruments([], [])).toThrow(/1 to 256 symbols/);
    expect(() => binanceInstruments(['BTC/USDT'], [])).toThrow(/A symbol is 1 to 32 letters and digits/);
    expect(binanceInstruments(['btcusdt', 'BTCUSDT'], [])).toHaveLength(1);
  });

  it('is asked again after a random time below a ceiling that doubles up to half a minute', () => {
    expect([1, 2, 3, 20].map((failures) => Math.round(backOffMs(LATEST, failures, EXCHANGE_BACK_OFF)))).toEqual([
      1_000, 2_000, 4_000, 30_000,
    ]);
    expect(backOffMs({ uint32: () => 0 }, 9, EXCHANGE_BACK_OFF)).toBe(0);
    const random = new SeededRandom(1);
    for (let failures = 1; failures < 100; failures++)
      expect(backOffMs(random, failures, EXCHANGE_BACK_OFF)).toBeLessThan(30_000);
  });
});
