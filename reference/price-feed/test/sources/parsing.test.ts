import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { BoundedReports } from '../../src/core/bounded-reports.ts';
import { formatDecimal, SCALED_MAX } from '../../src/core/decimal.ts';
import { PriceFeedError } from '../../src/core/errors.ts';
import { BinanceTradesReader, binanceFileName, binanceKindOf } from '../../src/core/sources/binance-trades.ts';
import { splitCsvLine } from '../../src/core/sources/csv-line.ts';
import { detectFormat } from '../../src/core/sources/file-format.ts';
import { InstrumentBook } from '../../src/core/sources/instrument-book.ts';
import { exactInstrument, parseInstrumentOption } from '../../src/core/sources/instrument-option.ts';
import { LINE_CHARS_MAX, type Line, LineSplitter } from '../../src/core/sources/line-splitter.ts';
import { NdjsonReader } from '../../src/core/sources/ndjson-line.ts';
import { OwnCsvReader } from '../../src/core/sources/own-columns.ts';
import { parseExchangeTime, parseTime } from '../../src/core/sources/source-time.ts';
import { checkedSpeed, parseSpeed } from '../../src/core/sources/speed.ts';

const utf8 = new TextEncoder();

/** What a reader makes of a line: a tick, nothing, or the message of the error that it may throw. */
function said(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof PriceFeedError) return error.message;
    throw error;
  }
}

describe('lines', () => {
  const linesOf = (bytes: Uint8Array, cuts: readonly number[]): Line[] => {
    const splitter = new LineSplitter();
    const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
    return [...at.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(at[index], end))), ...splitter.end()];
  };

  it('are the same wherever the bytes are cut', () => {
    const texts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\r\n', 'é€😀')));
    fc.assert(
      fc.property(texts, fc.array(fc.nat()), (parts, cuts) => {
        const bytes = utf8.encode(parts.join(''));
        expect(linesOf(bytes, cuts)).toEqual(linesOf(bytes, []));
      }),
      { numRuns: runs(100) },
    );
  });

  it('end with a line feed, with CR LF, or with the file, and a byte order mark is no part of them', () => {
    expect(linesOf(utf8.encode('\ufeffone\ntwo\r\n\nfour'), [])).toEqual([
      { number: 1, text: 'one' },
      { number: 2, text: 'two' },
      { number: 3, text: '' },
      { number: 4, text: 'four' },
    ]);
    expect(linesOf(new Uint8Array(), [])).toEqual([]);
  });

  it('are not kept where they are too long, and the next one is read', () => {
    const long = 'x'.repeat(LINE_CHARS_MAX + 1);
    const bytes = utf8.encode(`a\n${long}\nb\n${long}`);
    const cuts = Array.from({ length: 40 }, (_, index) => index * 1_000);
    const texts = linesOf(bytes, cuts).map(({ text }) => text);
    expect(texts).toEqual(['a', undefined, 'b', undefined]);
    expect(linesOf(utf8.encode('x'.repeat(LINE_CHARS_MAX)), cuts)[0]?.text).toHaveLength(LINE_CHARS_MAX);
  });
});

describe('a CSV line', () => {
  it('has fields in quotes, with commas and quotes in them, and spaces around them', () => {
    expect(splitCsvLine('a, b ,,c')).toEqual(['a', 'b', '', 'c']);
    expect(splitCsvLine('"a,b", "say ""x""" ,""')).toEqual(['a,b', 'say "x"', '']);
    expect(splitCsvLine('"a",')).toEqual(['a', '']);
  });

  it('is refused where quotes do not fit', () => {
    for (const line of ['"a', '"a"b,c', 'a"b,c', '"a""'])
      expect(() => splitCsvLine(line), line).toThrow(PriceFeedError);
  });

  it('has the fields that were written, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string().map((text) => text.replaceAll('\n', '')),
          { minLength: 1 },
        ),
        (fields) => {
          const line = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
          expect(splitCsvLine(line)).toEqual(fields);
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

describe('a source time', () => {
  it('is what the calendar says, for every millisecond from 1970 to 5138', () => {
    const moments = fc.integer({ min: 0, max: 99_999_999_999_999 });
    fc.assert(
      fc.property(moments, (ms) => {
        expect(parseTime(new Date(ms).toISOString())).toBe(ms);
      }),
      { numRuns: runs(500) },
    );
  });

  it('keeps parts of a millisecond', () => {
    expect(parseTime('2024-03-01T00:00:00.000250Z')).toBe(1_709_251_200_000.25);
    expect(parseTime('1709251200000.25')).toBe(1_709_251_200_000.25);
    expect(parseTime('2024-02-29 23:59:59Z')).toBe(Date.UTC(2024, 1, 29, 23, 59, 59));
  });

  it('is refused without a zone, on days that are none, and in microseconds', () => {
    const bad = ['', 'now', '-1', '1e12', '2024-03-01T00:00:00', '2023-02-29T00:00:00Z', '2024-13-01T00:00:00Z'];
    bad.push('2024-03-01T24:00:00Z', '2024-00-01T00:00:00Z', '1969-12-31T23:59:59Z', '1709251200000000');
    for (const text of bad) expect(() => parseTime(text), text).toThrow(/^time is/);
  });

  it('of an exchange is milliseconds or microseconds by its size', () => {
    expect(parseExchangeTime('1709251200123')).toBe(1_709_251_200_123);
    expect(parseExchangeTime('1735689600123456')).toBe(1_735_689_600_123.456);
    for (const text of ['', 'x', '1735689600123456789', '1.5'])
      expect(() => parseExchangeTime(text)).toThrow(/^time is/);
  });
});

describe('an instrument in an option', () => {
  it('is id, decimals and the step as a price', () => {
    expect(parseInstrumentOption('BTCUSDT:2:0.01')).toEqual({ id: 'BTCUSDT', decimals: 2, tickSize: 1 });
    expect(parseInstrumentOption('ES:2:0.25')).toEqual({ id: 'ES', decimals: 2, tickSize: 25 });
    expect(parseInstrumentOption('N225:0:5')).toEqual({ id: 'N225', decimals: 0, tickSize: 5 });
  });

  it('is refused where a part is missing or cannot be, in words that help', () => {
    for (const text of ['', 'X', 'X:2', 'X:a:0.01', 'X:2:0.01:3']) {
      expect(() => parseInstrumentOption(text), text).toThrow(/ID:DECIMALS:TICK, such as BTCUSDT:2:0.01/);
    }
    expect(() => parseInstrumentOption('X:13:1')).toThrow(/0 to 12/);
    expect(() => parseInstrumentOption('X:2:0.001')).toThrow(/at most 2 decimals/);
    expect(() => parseInstrumentOption('X:2:0')).toThrow(/tickSize of X/);
    expect(() => parseInstrumentOption('a b:2:0.01')).toThrow(/1 to 32 characters/);
  });
});

describe('the own CSV', () => {
  const read = (header: string, line: string, instrument?: string) =>
    said(() => new OwnCsvReader(header, new InstrumentBook([]), instrument).read(line));

  it('has its columns in any order, and others that are skipped', () => {
    const tick = {
      instrument: 'BTCUSDT',
      bid: 6_700_000,
      ask: 6_700_010,
      last: 6_700_005,
      sourceTime: 1_709_251_200_000,
    };
    expect(read('instrument,bid,ask,last,time', 'BTCUSDT,67000.00,67000.10,67000.05,1709251200000')).toEqual(tick);
    expect(
      read('time,venue,seq,last,ask,bid,instrument', '"2024-03-01T00:00:00Z",x,7,67000.05,67000.1,67000,BTCUSDT'),
    ).toEqual({ ...tick, sourceSeq: 7 });
    expect(read('time,last', '1709251200000,1.08500', 'EURUSD')).toEqual({
      instrument: 'EURUSD',
      last: 108_500,
      sourceTime: 1_709_251_200_000,
    });
  });

  it('says what is wrong with a line', () => {
    const header = 'instrument,bid,ask,last,time,seq';
    expect(read(header, 'BTCUSDT,1,2')).toMatch(/3 fields, and the header names 6 columns/);
    expect(read(header, 'BTCUSDT,,,,1,')).toMatch(/There is no price/);
    expect(read(header, 'BTCUSDT,1.00,,,1,')).toMatch(/bid and ask are given together/);
    expect(read(header, 'BTCUSDT,,,1.005,1,')).toMatch(/last has at most 2 decimals/);
    expect(read(header, 'BTCUSDT,,,1e3,1,')).toMatch(/last is a decimal number/);
    expect(read(header, 'BTCUSDT,,,1,,')).toBe('time is missing.');
    expect(read(header, ',,,1,1,')).toBe('instrument is missing.');
    expect(read(header, 'BTCUSDT,,,1,1,1.5')).toMatch(/seq is a whole number/);
    expect(read(header, 'DOGE,,,1,1,')).toMatch(/DOGE is not known.*--instrument DOGE:DECIMALS:TICK/);
  });

  it('says what is wrong with a header', () => {
    const header = /The first line names the columns/;
    for (const text of ['bid,ask,time', 'instrument,bid,ask', 'instrument,time', 'instrument,ask,time']) {
      expect(read(text, 'x'), text).toMatch(header);
    }
    expect(read('instrument,last,time,last', 'x')).toBe('There are two columns last.');
  });
});

describe('the own NDJSON', () => {
  const lines = (...texts: unknown[]) => {
    const reader = new NdjsonReader(new InstrumentBook([]));
    return texts.map((text) => said(() => reader.read(typeof text === 'string' ? text : JSON.stringify(text))));
  };

  it('has ticks, and lines that describe an instrument', () => {
    const described = { type: 'instrument', instrument: 'ES', decimals: 2, tickSize: '0.25' };
    const tick = { instrument: 'ES', bid: '5000.25', ask: '5000.50', time: 1_709_251_200_000.5, seq: 9 };
    expect(lines(described, tick, { ...tick, type: 'tick', time: '2024-03-01T00:00:00Z', seq: '10' })).toEqual([
      undefined,
      { instrument: 'ES', bid: 500_025, ask: 500_050, sourceTime: 1_709_251_200_000.5, sourceSeq: 9 },
      { instrument: 'ES', bid: 500_025, ask: 500_050, sourceTime: 1_709_251_200_000, sourceSeq: 10 },
    ]);
  });

  it('refuses prices that are numbers, whole ones too', () => {
    const [fraction, whole] = lines(
      { instrument: 'BTCUSDT', last: 67_000.5, time: 1 },
      { instrument: 'BTCUSDT', last: 67_000, time: 1 },
    );
    expect(fraction).toMatch(/last is text, such as "12.50": a JSON number may have lost digits/);
    expect(whole).toBe(fraction);
  });

  it('says what is wrong with a line', () => {
    const [broken, list, type, instrument, seq, time] = lines(
      '{"instrument"',
      '[]',
      { type: 'trade' },
      { type: 'instrument', instrument: 'X', decimals: 2, tickSize: 0.01 },
      { instrument: 'BTCUSDT', last: '1', time: 1, seq: 2 ** 53 },
      { instrument: 'BTCUSDT', last: '1', time: true },
    );
    expect(broken).toBe('It is not JSON.');
    expect(list).toBe('It is not a JSON object.');
    expect(type).toMatch(/not "trade"/);
    expect(instrument).toMatch(/tickSize being text/);
    expect(seq).toMatch(/seq is a whole number/);
    expect(time).toBe('time is text.');
  });

  it('refuses to change an instrument that has had ticks', () => {
    const said = lines(
      { instrument: 'BTCUSDT', last: '1.00', time: 1 },
      { type: 'instrument', instrument: 'BTCUSDT', decimals: 3, tickSize: '0.001' },
      { type: 'instrument', instrument: 'BTCUSDT', decimals: 2, tickSize: '0.01' },
    );
    expect(said.slice(1)).toEqual([expect.stringMatching(/BTCUSDT has had ticks with 2 decimals/), undefined]);
  });
});

describe('the book of instruments', () => {
  it('believes an option before a line of the file, that before the table, and that before what is taken for granted', () => {
    const option = { id: 'BTCUSDT', decimals: 4, tickSize: 5 };
    const book = new InstrumentBook([option], exactInstrument);
    book.define({ id: 'BTCUSDT', decimals: 1, tickSize: 1 });
    book.define({ id: 'ETHUSDT', decimals: 1, tickSize: 1 });
    expect(book.find('BTCUSDT')).toEqual(option);
    expect(book.find('ETHUSDT').decimals).toBe(1);
    expect(book.find('BNBUSDT')).toEqual({ id: 'BNBUSDT', decimals: 2, tickSize: 1 });
    expect(book.find('DOGEUSDT')).toEqual({ id: 'DOGEUSDT', decimals: 8, tickSize: 1 });
  });

  it('is bounded by what a feed may have', () => {
    const book = new InstrumentBook([], exactInstrument);
    for (let index = 0; index < 256; index++) book.find(`X${index}`);
    expect(() => book.find('Y')).toThrow(/at most 256 instruments/);
    for (let index = 0; index < 256; index++) book.define({ id: `Z${index}`, decimals: 1, tickSize: 1 });
    expect(() => book.define({ id: 'Y', decimals: 1, tickSize: 1 })).toThrow(/at most 256 instruments/);
  });
});

describe("Binance's trades", () => {
  const doge = exactInstrument('DOGEUSDT');
  const spotTrade = '51175358,17.80180000,5.69000000,101.29224200,1583709433583,True,True';
  const spotAggTrade = '26129,0.01633102,4.70443515,27781,27790,1735689600123456,true,true';
  const futuresTrade = '28457,4.00000100,12.00000000,48.00,1499865549590,true';
  const futuresAggTrade = '26129,0.01633102,4.70443515,27781,27781,1498793709153,true';
  const tradesHeader = 'id,price,qty,quote_qty,time,is_buyer_maker';
  const aggHeader = 'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker';

  it('are told apart by their shape and by their header', () => {
    expect(binanceKindOf(spotTrade)).toBe('binance-trades');
    expect(binanceKindOf(futuresTrade)).toBe('binance-trades');
    expect(binanceKindOf(tradesHeader)).toBe('binance-trades');
    expect(binanceKindOf('id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch')).toBe('binance-trades');
    expect(binanceKindOf(spotAggTrade)).toBe('binance-agg-trades');
    expect(binanceKindOf(futuresAggTrade)).toBe('binance-agg-trades');
    expect(binanceKindOf(aggHeader)).toBe('binance-agg-trades');
    for (const line of ['', 'a,b', '1,2,3', '1,2,3,4,5,6,7']) expect(binanceKindOf(line), line).toBeUndefined();
  });

  it('are ticks with the price as last and the id as the sequence', () => {
    const read = (kind: 'binance-trades' | 'binance-agg-trades', line: string) =>
      new BinanceTradesReader(kind, line, doge).read(line);
    const { id } = doge;
    expect(read('binance-trades', spotTrade)).toEqual({
      instrument: id,
      last: 1_780_180_000,
      sourceTime: 1_583_709_433_583,
      sourceSeq: 51_175_358,
    });
    expect(read('binance-agg-trades', spotAggTrade)).toEqual({
      instrument: id,
      last: 1_633_102,
      sourceTime: 1_735_689_600_123.456,
      sourceSeq: 26_129,
    });
    expect(read('binance-trades', futuresTrade)).toMatchObject({ last: 400_000_100, sourceSeq: 28_457 });
    expect(read('binance-agg-trades', futuresAggTrade)).toMatchObject({ sourceTime: 1_498_793_709_153 });
  });

  it('are read by the names of a header, wherever these stand', () => {
    const reader = new BinanceTradesReader('binance-trades', 'time,isBuyerMaker,Price,tradeId', doge);
    expect(reader.hasHeader).toBe(true);
    expect(reader.read('5,true,0.1,9')).toEqual({
      instrument: 'DOGEUSDT',
      last: 10_000_000,
      sourceTime: 5,
      sourceSeq: 9,
    });
    expect(() => new BinanceTradesReader('binance-trades', 'id,price,qty', doge)).toThrow(/no column time/);
  });

  it('are refused where fields are missing, or a price has more decimals than the instrument', () => {
    const reader = new BinanceTradesReader('binance-trades', spotTrade, parseInstrumentOption('X:2:0.01'));
    expect(() => reader.read('1,2.00,3')).toThrow(/3 fields where a trade has 6 or 7/);
    expect(() => reader.read(spotTrade.replace('17.80180000', '17.80180001'))).toThrow(/price has at most 2 decimals/);
    expect(() => reader.read('x,2.00,3,4,5,true')).toThrow(/id is a whole number/);
  });

  it('name their instrument in the name of the file', () => {
    expect(binanceFileName('BTCUSDT-trades-2024-03-01.csv')).toEqual({ instrument: 'BTCUSDT', kind: 'binance-trades' });
    expect(binanceFileName('ETHUSDT_240329-aggTrades-2024-03.csv')).toEqual({
      instrument: 'ETHUSDT_240329',
      kind: 'binance-agg-trades',
    });
    expect(binanceFileName('trades.csv')).toBeUndefined();
  });
});

describe('the format of a file', () => {
  it('is what the first line says, and then the name', () => {
    expect(detectFormat('a.csv', '{"instrument":"X"}')).toBe('ndjson');
    expect(detectFormat('a.csv', '"instrument", "bid",ask,time')).toBe('csv');
    expect(detectFormat('BTCUSDT-trades-2024-03-01.csv', 'time,last')).toBe('csv');
    expect(detectFormat('BTCUSDT-aggTrades-2024-03.csv', '1,2')).toBe('binance-agg-trades');
    expect(detectFormat('x.csv', '1,2,3,4,5,true')).toBe('binance-trades');
    expect(detectFormat('x.jsonl', 'oops')).toBe('ndjson');
  });

  it('is asked for where nothing tells it', () => {
    expect(() => detectFormat('notes.txt', 'Dear diary')).toThrow(/notes.txt begins with "Dear diary".*--format/);
  });
});

describe('a speed', () => {
  it('is recorded, full or a factor', () => {
    expect(['recorded', 'full', '10', '0.5'].map(parseSpeed)).toEqual(['recorded', 'full', 10, 0.5]);
    for (const text of ['', 'fast', '0', '-1', '1e3', '9999999'])
      expect(() => parseSpeed(text), text).toThrow(/A speed is/);
    expect(() => checkedSpeed(Number.NaN)).toThrow(/A speed is/);
  });
});

describe('reports', () => {
  it('are the first twenty of each kind, then one in a thousand, and the sum at the end', () => {
    const told: string[] = [];
    const reports = new BoundedReports<'bad lines' | 'others'>((text) => told.push(text));
    for (let number = 1; number <= 2_500; number++) reports.add('bad lines', `line ${number}`);
    reports.add('others', 'one');
    reports.end();
    expect(told).toHaveLength(20 + 2 + 1 + 1);
    expect(told.slice(20)).toEqual([
      '1000 bad lines by now; the newest: line 1000',
      '2000 bad lines by now; the newest: line 2000',
      'one',
      '2500 bad lines in all.',
    ]);
  });
});

describe('the readers of lines', () => {
  const book = () => new InstrumentBook([parseInstrumentOption('X:3:0.001')]);
  const readers = () => [
    new OwnCsvReader('instrument,bid,ask,last,time,seq', book()),
    new NdjsonReader(book()),
    new BinanceTradesReader('binance-trades', '1', exactInstrument('X')),
  ];

  it('refuse what they cannot read with an error that is theirs, whatever the bytes', () => {
    const json = fc.json().map((text) => text.replaceAll('\n', ''));
    const csv = fc
      .array(fc.oneof(fc.string(), fc.constantFrom('X', '1.000', '"', '1')))
      .map((fields) => fields.join(','));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), json, csv), (line) => {
        for (const reader of readers()) said(() => reader.read(line));
        said(() => binanceKindOf(line));
        said(() => detectFormat(line, line));
        said(() => new OwnCsvReader(line, book()));
        said(() => new BinanceTradesReader('binance-trades', line, exactInstrument('X')));
      }),
      { numRuns: runs(500) },
    );
  });

  it('lose no digit: every price formats back to the decimal that was read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: SCALED_MAX }), fc.nat(SCALED_MAX), (last, seq) => {
        const text = formatDecimal(last, 3);
        const [csv, ndjson] = readers();
        expect(csv?.read(`X,,,${text},1,${seq}`)).toEqual({ instrument: 'X', last, sourceTime: 1, sourceSeq: seq });
        const line = JSON.stringify({ instrument: 'X', last: text, time: 1 });
        expect(formatDecimal(ndjson?.read(line)?.last as number, 3)).toBe(text);
      }),
      { numRuns: runs(300) },
    );
  });
});
