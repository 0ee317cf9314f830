/**
 * The trades of Binance's public data files, single (`trades`) and aggregated (`aggTrades`), of the spot market and of
 * futures. Futures files have a header, spot files have none; either is read in both ways.
 *
 *     trades     id,price,qty,quoteQty,time,isBuyerMaker[,isBestMatch]
 *     aggTrades  aggTradeId,price,qty,firstId,lastId,time,isBuyerMaker[,isBestMatch]
 *
 * A trade is a tick with `last` only, and its id is the sourceSeq.
 */

import { parseDecimal } from '../decimal.ts';
import { PriceFeedError } from '../errors.ts';
import type { Instrument } from '../instrument.ts';
import type { Tick } from '../tick.ts';
import { splitCsvLine } from './csv-line.ts';
import type { LineReader } from './line-reader.ts';
import { parseSeq } from './own-columns.ts';
import { parseExchangeTime } from './source-time.ts';

export type BinanceFileKind = 'binance-trades' | 'binance-agg-trades';

interface Columns {
  readonly id: number;
  readonly price: number;
  readonly time: number;
  readonly countMin: number;
  readonly countMax: number;
}

const COLUMNS: Readonly<Record<BinanceFileKind, Columns>> = {
  'binance-trades': { id: 0, price: 1, time: 4, countMin: 6, countMax: 7 },
  'binance-agg-trades': { id: 0, price: 1, time: 5, countMin: 7, countMax: 8 },
};

/** Names of columns in lower case and without underscores: files write `quoteQty`, `quote_qty` and `transact_time`. */
const NAMES = { id: ['id', 'tradeid', 'aggtradeid'], price: ['price'], time: ['time', 'transacttime', 'timestamp'] };

const FILE_NAME = /^([A-Za-z0-9_-]{1,32}?)-(trades|aggTrades)-/;
const BOOLEAN = /^(true|false)$/i;
const WHOLE = /^\d+$/;

/** What a file name such as `BTCUSDT-trades-2024-03-01.csv` says; `undefined` for other names. */
export function binanceFileName(name: string): { instrument: string; kind: BinanceFileKind } | undefined {
  const [, instrument, of] = FILE_NAME.exec(name) ?? [];
  if (instrument === undefined) return undefined;
  return { instrument, kind: of === 'trades' ? 'binance-trades' : 'binance-agg-trades' };
}

/** What kind of file a first line begins, be it a header or a trade; `undefined` where it is neither. */
export function binanceKindOf(line: string): BinanceFileKind | undefined {
  const fields = line.split(',').map((field) => field.trim());
  const names = namesOf(fields);
  if (names.includes('price') && NAMES.time.some((name) => names.includes(name))) {
    return names.some((name) => name.startsWith('agg') || name.startsWith('first'))
      ? 'binance-agg-trades'
      : 'binance-trades';
  }
  if (!WHOLE.test(fields[0] ?? '') || fields.length < 6 || fields.length > 8) return undefined;
  if (BOOLEAN.test(fields[5] ?? '')) return 'binance-trades';
  return BOOLEAN.test(fields[6] ?? '') ? 'binance-agg-trades' : undefined;
}

export class BinanceTradesReader implements LineReader {
  readonly hasHeader: boolean;
  readonly #instrument: Instrument;
  readonly #columns: Columns;

  /** Throws `PriceFeedError` FIELD for a header without the columns that are needed. */
  constructor(kind: BinanceFileKind, firstLine: string, instrument: Instrument) {
    const fields = splitCsvLine(firstLine);
    this.#instrument = instrument;
    this.hasHeader = !WHOLE.test(fields[0] ?? '');
    this.#columns = this.hasHeader ? columnsOf(fields) : COLUMNS[kind];
  }

  read(line: string): Tick {
    const fields = splitCsvLine(line);
    const { id, price, time, countMin, countMax } = this.#columns;
    if (fields.length < countMin || fields.length > countMax) {
      const count = countMin === countMax ? `${countMin}` : `${countMin} or ${countMax}`;
      throw new PriceFeedError('FIELD', `There are ${fields.length} fields where a trade has ${count}.`);
    }
    return {
      instrument: this.#instrument.id,
      last: parseDecimal(fields[price] ?? '', this.#instrument.decimals, 'price'),
      sourceTime: parseExchangeTime(fields[time] ?? ''),
      sourceSeq: parseSeq(fields[id] ?? '', 'id'),
    };
  }
}

function namesOf(fields: readonly string[]): string[] {
  return fields.map((field) => field.replaceAll('_', '').toLowerCase());
}

function columnsOf(header: readonly string[]): Columns {
  const names = namesOf(header);
  const at = (column: keyof typeof NAMES) => {
    const index = names.findIndex((name) => NAMES[column].includes(name));
    if (index !== -1) return index;
    const message = `The header has no column ${column}: it is ${JSON.stringify(header.join(',').slice(0, 120))}.`;
    throw new PriceFeedError('FIELD', message, 'header');
  };
  return { id: at('id'), price: at('price'), time: at('time'), countMin: header.length, countMax: header.length };
}
