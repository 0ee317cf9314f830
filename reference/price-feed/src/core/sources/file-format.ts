/** Which format a recorded file has, and who reads its lines. */

import { PriceFeedError } from '../errors.ts';
import type { Instrument } from '../instrument.ts';
import { BinanceTradesReader, binanceFileName, binanceKindOf } from './binance-trades.ts';
import { InstrumentBook } from './instrument-book.ts';
import { exactInstrument } from './instrument-option.ts';
import type { LineReader } from './line-reader.ts';
import { NdjsonReader } from './ndjson-line.ts';
import { isOwnHeader, OwnCsvReader } from './own-columns.ts';

export const FILE_FORMATS = ['csv', 'ndjson', 'binance-trades', 'binance-agg-trades'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/**
 * Judges by the first line that is not empty, then by the name of the file. Throws `PriceFeedError` FIELD where neither
 * tells.
 */
export function detectFormat(fileName: string, firstLine: string): FileFormat {
  if (firstLine.trimStart().startsWith('{')) return 'ndjson';
  if (isOwnHeader(firstLine)) return 'csv';
  const format = binanceFileName(fileName)?.kind ?? binanceKindOf(firstLine);
  if (format !== undefined) return format;
  if (/\.(ndjson|jsonl)$/i.test(fileName)) return 'ndjson';
  const message = `${fileName} begins with ${JSON.stringify(firstLine.slice(0, 80))}, which is none of the formats ${FILE_FORMATS.join(', ')}. If it is one of them, say which with --format.`;
  throw new PriceFeedError('FIELD', message, 'format');
}

export interface FileSettings {
  readonly fileName: string;
  readonly format: FileFormat;
  /** Of a file that does not name it. */
  readonly instrument?: string | undefined;
  readonly instruments: readonly Instrument[];
}

/** The instruments of a file; those of Binance's files are exact without being described. */
export function bookFor({ format, instruments }: FileSettings): InstrumentBook {
  return new InstrumentBook(instruments, isBinance(format) ? exactInstrument : undefined);
}

/** Who reads one pass through a file. Throws `PriceFeedError` for a first line that will not do. */
export function readerFor(settings: FileSettings, book: InstrumentBook, firstLine: string): LineReader {
  const { fileName, format, instrument } = settings;
  if (format === 'csv') return new OwnCsvReader(firstLine, book, instrument);
  if (format === 'ndjson') return new NdjsonReader(book, instrument);
  const id = instrument ?? binanceFileName(fileName)?.instrument;
  if (id !== undefined) return new BinanceTradesReader(format, firstLine, book.find(id));
  const message = `Trades do not say which instrument they are of, and ${fileName} is not called like BTCUSDT-trades-2024-03-01.csv. Name it with --file-instrument.`;
  throw new PriceFeedError('FIELD', message, 'instrument');
}

function isBinance(format: FileFormat): boolean {
  return format === 'binance-trades' || format === 'binance-agg-trades';
}
