import { appendFile, mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { PriceFeedError } from '../../src/core/errors.ts';
import { LINE_CHARS_MAX } from '../../src/core/sources/line-splitter.ts';
import { FileSource, type FileSourceOptions } from '../../src/node/file-source.ts';
import { FileSourceError } from '../../src/node/file-source-error.ts';
import { RecordingSink } from './support/recording-sink.ts';

let folder: string;
let sources: FileSource[];
let clock: ManualClock;
let sink: RecordingSink;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'price-feed-file-'));
  sources = [];
  clock = new ManualClock();
  sink = new RecordingSink();
});

afterEach(async () => {
  await Promise.all(sources.map((source) => source.stop()));
  await rm(folder, { recursive: true });
});

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function sourceOf(path: string, options: Partial<FileSourceOptions> = {}): FileSource {
  const source = new FileSource({ path, clock, speed: 'full', ...options });
  sources.push(source);
  return source;
}

async function played(name: string, content: string | Uint8Array, options: Partial<FileSourceOptions> = {}) {
  const source = sourceOf(await written(name, content), options);
  await source.start(sink);
  await sink.until(() => isOver());
  return source;
}

const isOver = () => sink.states.some((state) => state !== 'found');

const HEADER = 'instrument,bid,ask,last,time,seq';
const T0 = 1_709_251_200_000;

/** `count` lines of a trade in BTCUSDT, `gapMs` apart. */
function linesOf(count: number, gapMs = 1_000): string[] {
  return Array.from({ length: count }, (_, index) => `BTCUSDT,,,${100 + index}.00,${T0 + index * gapMs},${index + 1}`);
}

describe('a recorded file', () => {
  it('is told tick by tick, with its instruments before them, and ends', async () => {
    await played(
      'prices.csv',
      `${HEADER}\nBTCUSDT,67000.00,67000.10,,${T0},1\nEURUSD,,,1.08512,${T0 + 1},\nBTCUSDT,67000.01,67000.10,,${T0 + 2},2\n`,
    );
    expect(sink.instruments.map(({ id }) => id)).toEqual(['BTCUSDT', 'EURUSD']);
    expect(sink.ticks).toEqual([
      { instrument: 'BTCUSDT', bid: 6_700_000, ask: 6_700_010, sourceTime: T0, sourceSeq: 1 },
      { instrument: 'EURUSD', last: 108_512, sourceTime: T0 + 1 },
      { instrument: 'BTCUSDT', bid: 6_700_001, ask: 6_700_010, sourceTime: T0 + 2, sourceSeq: 2 },
    ]);
    expect(sink.states).toEqual(['found', 'ended']);
    expect(sink.problems).toEqual([]);
  });

  it('may have a byte order mark, CR LF, blank lines, quotes, and no line feed at its end', async () => {
    await played(
      'prices.csv',
      `\ufeff\r\n"instrument","last","time"\r\n\r\n"BTCUSDT","1.00","${T0}"\r\nBTCUSDT,2.00,${T0}`,
    );
    expect(sink.ticks.map(({ last }) => last)).toEqual([100, 200]);
    expect(sink.problems).toEqual([]);
  });

  it('may be NDJSON that describes its instruments', async () => {
    const lines = [
      { type: 'instrument', instrument: 'ES', decimals: 2, tickSize: '0.25' },
      { instrument: 'ES', bid: '5000.25', ask: '5000.50', time: T0 },
    ];
    await played('prices.ndjson', lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(sink.instruments).toEqual([{ id: 'ES', decimals: 2, tickSize: 25 }]);
    expect(sink.ticks).toEqual([{ instrument: 'ES', bid: 500_025, ask: 500_050, sourceTime: T0 }]);
  });

  it("may be Binance's trades, of which the name of the file tells the instrument", async () => {
    await played(
      'DOGEUSDT-trades-2025-03-01.csv',
      '1,0.20000001,5.69,1.13,1740787200000123,True,True\n2,0.20000002,1.00,0.20,1740787200000999,False,True\n',
    );
    expect(sink.instruments).toEqual([{ id: 'DOGEUSDT', decimals: 8, tickSize: 1 }]);
    expect(sink.ticks).toEqual([
      { instrument: 'DOGEUSDT', last: 20_000_001, sourceTime: 1_740_787_200_000.123, sourceSeq: 1 },
      { instrument: 'DOGEUSDT', last: 20_000_002, sourceTime: 1_740_787_200_000.999, sourceSeq: 2 },
    ]);
  });

  it("may be Binance's aggregated trades of futures with their header, under any name when the instrument is given", async () => {
    const content =
      'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n26129,61234.5,0.004,27781,27790,1709251200123,true\n';
    await played('futures.csv', content, { instrument: 'BTCUSDT' });
    expect(sink.ticks).toEqual([
      { instrument: 'BTCUSDT', last: 6_123_450, sourceTime: 1_709_251_200_123, sourceSeq: 26_129 },
    ]);
  });

  it('has the decimals that an option gives its instruments', async () => {
    const instruments = [{ id: 'X', decimals: 3, tickSize: 5 }];
    await played('prices.csv', `instrument,last,time\nX,1.005,${T0}\n`, { instruments });
    expect(sink.instruments).toEqual(instruments);
    expect(sink.ticks[0]?.last).toBe(1_005);
  });

  it('may be empty, or have a header only', async () => {
    await played('empty.csv', '');
    expect(sink.states).toEqual(['ended']);
    expect(sink.problems).toEqual(['empty.csv is empty.']);
    sink = new RecordingSink();
    await played('header.csv', `${HEADER}\n`);
    expect(sink.states).toEqual(['found', 'ended']);
  });

  it('is larger than what is read at once, and comes whole and in order', async () => {
    const lines = linesOf(20_000, 1);
    await played('large.csv', `${HEADER}\n${lines.join('\n')}\n`);
    expect(sink.ticks.map(({ sourceSeq }) => sourceSeq)).toEqual(lines.map((_, index) => index + 1));
    expect(sink.readyCalls).toBe(20_000);
  });
});

describe('a file that cannot be played', () => {
  it('is refused at the start, in words that say why', async () => {
    const start = (path: string, options?: Partial<FileSourceOptions>) => sourceOf(path, options).start(sink);
    await expect(start(join(folder, 'none.csv'))).rejects.toThrow(/none.csv cannot be read: there is no such file/);
    await mkdir(join(folder, 'folder.csv'));
    await expect(start(join(folder, 'folder.csv'))).rejects.toThrow(/folder.csv is not a file/);
    await expect(start(await written('diary.txt', 'Dear diary'))).rejects.toThrow(/none of the formats csv, ndjson/);
    await expect(start(await written('x.csv', '1,2,3,4,5,true'))).rejects.toThrow(/Name it with --file-instrument/);
    await expect(start(await written('y.csv', 'instrument,price\n'))).rejects.toThrow(
      /The first line names the columns/,
    );
    await expect(start(await written('z.zip', 'PK\u0003\u0004abc\n'))).rejects.toThrow(/it is packed/);
    await expect(start(await written('long.csv', 'x'.repeat(100_000)))).rejects.toThrow(FileSourceError);
    const odd = await written('odd.csv', 'time,last\n');
    await expect(start(odd, { format: 'binance-trades', instrument: 'X' })).rejects.toThrow(PriceFeedError);
    expect(sink.states).toEqual([]);
  });

  it('is lost with the reason when it vanishes before it is repeated', async () => {
    const path = await written('prices.csv', `${HEADER}\n${linesOf(1)[0]}\n`);
    sink.tick = (tick) => {
      sink.ticks.push(tick);
      sink.room = unlink(path).catch(() => {});
    };
    await appendFile(path, `${linesOf(2)[1]}\n`);
    await sourceOf(path, { repeat: true }).start(sink);
    await sink.until(() => isOver());
    expect(sink.ticks).toHaveLength(2);
    expect(sink.states).toEqual([
      'found',
      expect.stringMatching(/^lost: .*prices.csv cannot be read: there is no such file/),
    ]);
    expect(sink.problems).toEqual([]);
  });
});

describe('a line that cannot be read', () => {
  const long = 'x'.repeat(LINE_CHARS_MAX + 1);
  const bad = ['BTCUSDT,,,1.005,1,', 'nonsense', `BTCUSDT,,,1.00,noon,`, 'DOGE,,,1.00,1,', long];
  const content = [HEADER, linesOf(1)[0], ...bad, linesOf(2)[1]].join('\n');

  it('is skipped and told with its file, its number and what is wrong, and counted', async () => {
    const source = await played('prices.csv', content);
    expect(sink.ticks.map(({ sourceSeq }) => sourceSeq)).toEqual([1, 2]);
    expect(sink.states).toEqual(['found', 'ended']);
    expect(sink.problems).toEqual([
      'prices.csv, line 3: last has at most 2 decimals; "1.005" has more.',
      'prices.csv, line 4: There are 1 fields, and the header names 6 columns.',
      expect.stringMatching(/^prices.csv, line 5: time is milliseconds since 1970/),
      expect.stringMatching(/^prices.csv, line 6: DOGE is not known.*--instrument DOGE:DECIMALS:TICK/),
      'prices.csv, line 7: It is longer than 16384 characters.',
    ]);
    expect(source.badLineCount).toBe(5);
  });

  it('ends everything where bad lines are fatal, and says why', async () => {
    await played('prices.csv', content, { badLines: 'fatal' });
    const what = 'prices.csv, line 3: last has at most 2 decimals; "1.005" has more.';
    expect(sink.ticks.map(({ sourceSeq }) => sourceSeq)).toEqual([1]);
    expect(sink.problems).toEqual([]);
    expect(sink.states).toEqual(['found', `lost: ${what}`]);
  });

  it('is told a bounded number of times', async () => {
    const source = await played('prices.csv', `${HEADER}\n${'x\n'.repeat(3_500)}`);
    expect(source.badLineCount).toBe(3_500);
    expect(sink.problems).toHaveLength(20 + 3 + 1);
    expect(sink.problems.at(-1)).toBe('3500 bad lines in all.');
  });

  it('ends with the file when the sink refuses its instrument, which is no fault of a line', async () => {
    sink.instrument = () => {
      throw new PriceFeedError('FIELD', 'BTCUSDT has other decimals on the main log.', 'decimals');
    };
    const source = await played('prices.csv', [HEADER, ...linesOf(2)].join('\n'));
    expect(sink.ticks).toEqual([]);
    expect(source.badLineCount).toBe(0);
    const why = 'prices.csv does not fit: BTCUSDT has other decimals on the main log.';
    expect(sink.states).toEqual(['found', `lost: ${why}`]);
  });
});

describe('the pace of a file', () => {
  /** The last one ends with a line feed, so that all of them are there with the first piece. */
  const fourLines = [HEADER, ...linesOf(4), ''].join('\n');
  /** Resolves when the source has set its timer; what it reads comes from the disk and not from the clock. */
  const waiting = async () => {
    while (clock.timerCount === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const playedAt = async (options: Partial<FileSourceOptions>) => {
    await sourceOf(await written('prices.csv', fourLines), options).start(sink);
    await waiting();
  };
  const told = () => sink.ticks.map(({ sourceSeq }) => sourceSeq);

  it('is as recorded: the gaps between source times', async () => {
    await playedAt({ speed: 'recorded' });
    expect(told()).toEqual([1]);
    await clock.advance(999);
    expect(told()).toEqual([1]);
    await clock.advance(1);
    expect(told()).toEqual([1, 2]);
    await clock.advance(2_000);
    await sink.until(() => isOver());
    expect(told()).toEqual([1, 2, 3, 4]);
  });

  it('is so many times as fast with a factor', async () => {
    await playedAt({ speed: 10 });
    await clock.advance(100);
    expect(told()).toEqual([1, 2]);
    await clock.advance(99);
    expect(told()).toEqual([1, 2]);
    await clock.advance(101);
    expect(told()).toEqual([1, 2, 3, 4]);
  });

  it('catches up what the sink had no room for, and tells nothing while it has none', async () => {
    let open = () => {};
    sink.room = new Promise((resolve) => {
      open = resolve;
    });
    await sourceOf(await written('prices.csv', fourLines), { speed: 'recorded' }).start(sink);
    while (sink.readyCalls === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(2_500);
    expect(told()).toEqual([]);
    open();
    await waiting();
    expect(told()).toEqual([1, 2, 3]);
    await clock.advance(500);
    expect(told()).toEqual([1, 2, 3, 4]);
  });

  it('needs no clock at full speed', async () => {
    await played('prices.csv', fourLines, { speed: 'full' });
    expect(told()).toEqual([1, 2, 3, 4]);
    expect(clock.timerCount).toBe(0);
  });

  it('is stopped while it waits, and nothing is told after that', async () => {
    await playedAt({ speed: 'recorded' });
    await sources[0]?.stop();
    expect(clock.timerCount).toBe(0);
    await clock.advance(10_000);
    expect(told()).toEqual([1]);
    expect(sink.states).toEqual(['found']);
  });

  it('can be stopped while the sink has no room', async () => {
    sink.room = new Promise(() => {});
    const source = sourceOf(await written('prices.csv', fourLines));
    await source.start(sink);
    while (sink.readyCalls === 0) await new Promise((resolve) => setImmediate(resolve));
    await source.stop();
    expect(sink.states).toEqual(['found']);
  });
});

describe('a file that is repeated', () => {
  it('goes on with source times and sequences that rise for each instrument', async () => {
    const content = `${HEADER}\nBTCUSDT,,,1.00,${T0},5\nETHUSDT,,,2.00,${T0 + 10},900\nBTCUSDT,,,3.00,${T0 + 20},6\n`;
    await sourceOf(await written('prices.csv', content), { repeat: true }).start(sink);
    await sink.until(() => sink.ticks.length >= 9);
    await sources[0]?.stop();
    expect(sink.ticks.slice(0, 9).map(({ sourceTime, sourceSeq }) => [sourceTime - T0, sourceSeq])).toEqual([
      [0, 5],
      [10, 900],
      [20, 6],
      [21, 7],
      [31, 901],
      [41, 8],
      [42, 9],
      [52, 902],
      [62, 10],
    ]);
    expect(sink.instruments).toHaveLength(2);
    expect(sink.states).toEqual(['found']);
  });

  it('ends where it has no tick at all, instead of turning for ever', async () => {
    await played('prices.csv', `${HEADER}\nnonsense\n`, { repeat: true });
    expect(sink.states).toEqual(['found', 'ended']);
    expect(sink.problems.at(-1)).toBe('prices.csv has no tick that could be repeated.');
  });
});
