/**
 * The feed's own format with one JSON object a line: the same fields as the CSV has, and lines that describe an
 * instrument, `{"type":"instrument","instrument":"X","decimals":2,"tickSize":"0.01"}`.
 *
 * Prices are decimal text. Numbers are refused, whole ones too: whoever wrote a price as a JSON number has had it in
 * floating point, and nobody can see any more whether digits were lost there. `time` and `seq` may be numbers.
 */

import { PriceFeedError } from '../errors.ts';
import type { Tick } from '../tick.ts';
import type { InstrumentBook } from './instrument-book.ts';
import { instrumentOfTexts } from './instrument-option.ts';
import type { LineReader } from './line-reader.ts';
import { OWN_COLUMNS, type OwnColumn, tickOfTexts } from './own-columns.ts';

type Fields = Readonly<Record<string, unknown>>;

export class NdjsonReader implements LineReader {
  readonly hasHeader = false;
  readonly #book: InstrumentBook;
  readonly #instrument: string | undefined;

  /** `instrument` is that of lines which name none. */
  constructor(book: InstrumentBook, instrument?: string) {
    this.#book = book;
    this.#instrument = instrument;
  }

  read(line: string): Tick | undefined {
    const fields = objectOf(line);
    if (fields['type'] === 'instrument') {
      this.#book.define(instrumentOf(fields));
      return undefined;
    }
    if (fields['type'] !== undefined && fields['type'] !== 'tick') {
      const type = String(JSON.stringify(fields['type'])).slice(0, 40);
      throw new PriceFeedError('FIELD', `type is "instrument" or "tick", or left out, not ${type}.`, 'type');
    }
    const texts: Partial<Record<OwnColumn, string>> = {};
    if (this.#instrument !== undefined) texts.instrument = this.#instrument;
    for (const column of OWN_COLUMNS) {
      const text = textOf(fields, column);
      if (text !== undefined) texts[column] = text;
    }
    return tickOfTexts(texts, this.#book);
  }
}

function objectOf(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new PriceFeedError('FIELD', 'It is not JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new PriceFeedError('FIELD', 'It is not a JSON object.');
}

function textOf(fields: Fields, column: OwnColumn): string | undefined {
  const value = Object.hasOwn(fields, column) ? fields[column] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && (column === 'time' || column === 'seq')) return String(value);
  const message =
    typeof value === 'number'
      ? `${column} is text, such as "12.50": a JSON number may have lost digits.`
      : `${column} is text.`;
  throw new PriceFeedError('FIELD', message, column);
}

function instrumentOf({ instrument, decimals, tickSize }: Fields) {
  if (typeof instrument === 'string' && typeof decimals === 'number' && typeof tickSize === 'string') {
    return instrumentOfTexts(instrument, decimals, tickSize);
  }
  const message =
    'An instrument is {"type":"instrument","instrument":"X","decimals":2,"tickSize":"0.01"}, tickSize being text.';
  throw new PriceFeedError('FIELD', message, 'instrument');
}
