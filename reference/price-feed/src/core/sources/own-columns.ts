/** The feed's own fields of a recorded tick, as text: `instrument`, `bid`, `ask`, `last`, `time`, `seq`. */

import { parseDecimal } from '../decimal.ts';
import { PriceFeedError } from '../errors.ts';
import type { Tick } from '../tick.ts';
import { splitCsvLine } from './csv-line.ts';
import type { InstrumentBook } from './instrument-book.ts';
import type { LineReader } from './line-reader.ts';
import { parseTime } from './source-time.ts';

export const OWN_COLUMNS = ['instrument', 'bid', 'ask', 'last', 'time', 'seq'] as const;
export type OwnColumn = (typeof OWN_COLUMNS)[number];

/** What is left out or empty is not told. */
export type OwnTexts = Readonly<Partial<Record<OwnColumn, string>>>;

/** Throws `PriceFeedError` for a field that is missing or cannot be read, and for an instrument that is not known. */
export function tickOfTexts(texts: OwnTexts, book: InstrumentBook): Tick {
  const { id, decimals } = book.find(needed(texts, 'instrument'));
  const price = (side: 'bid' | 'ask' | 'last') => (texts[side] ? parseDecimal(texts[side], decimals, side) : undefined);
  const [bid, ask, last] = [price('bid'), price('ask'), price('last')];
  if (bid === undefined && ask === undefined && last === undefined) {
    throw new PriceFeedError('FIELD', 'There is no price: neither bid and ask nor last.');
  }
  if ((bid === undefined) !== (ask === undefined)) {
    throw new PriceFeedError('FIELD', 'bid and ask are given together, or neither of them.');
  }
  return {
    instrument: id,
    ...(bid === undefined ? {} : { bid, ask }),
    ...(last === undefined ? {} : { last }),
    sourceTime: parseTime(needed(texts, 'time')),
    ...(texts.seq ? { sourceSeq: parseSeq(texts.seq, 'seq') } : {}),
  };
}

/** A whole number that is exact. Throws `PriceFeedError` FIELD. */
export function parseSeq(text: string, field: string): number {
  const seq = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(seq)) return seq;
  const message = `${field} is a whole number up to ${Number.MAX_SAFE_INTEGER}, not ${JSON.stringify(text.slice(0, 40))}.`;
  throw new PriceFeedError('FIELD', message, field);
}

function needed(texts: OwnTexts, column: OwnColumn): string {
  const text = texts[column];
  if (text) return text;
  throw new PriceFeedError('FIELD', `${column} is missing.`, column);
}

/** Whether a first line names the columns of the feed's own format. */
export function isOwnHeader(line: string): boolean {
  const names = headerNames(line);
  const hasPrice = ['bid', 'ask', 'last'].some((side) => names.includes(side));
  return names.includes('instrument') || (names.includes('time') && hasPrice);
}

function headerNames(line: string): string[] {
  return line.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}

/** Comma-separated values under a header that names the columns, in any order; columns that it does not know are skipped. */
export class OwnCsvReader implements LineReader {
  readonly hasHeader = true;
  readonly #book: InstrumentBook;
  readonly #columns: readonly (OwnColumn | undefined)[];
  readonly #instrument: string | undefined;

  /** `instrument` is that of a file without such a column. Throws `PriceFeedError` FIELD for a header that will not do. */
  constructor(header: string, book: InstrumentBook, instrument?: string) {
    this.#book = book;
    this.#instrument = instrument;
    this.#columns = splitCsvLine(header).map((name) => OWN_COLUMNS.find((column) => column === name));
    const isThere = (column: OwnColumn) => this.#columns.includes(column);
    if (!isThere('time') || !(isThere('instrument') || instrument) || !(isThere('bid') || isThere('last'))) {
      const message = `The first line names the columns, such as instrument,bid,ask,last,time; it is ${JSON.stringify(header.slice(0, 80))}.`;
      throw new PriceFeedError('FIELD', message, 'header');
    }
    const twice = OWN_COLUMNS.find((column) => this.#columns.indexOf(column) !== this.#columns.lastIndexOf(column));
    if (twice !== undefined) throw new PriceFeedError('FIELD', `There are two columns ${twice}.`, 'header');
  }

  read(line: string): Tick {
    const fields = splitCsvLine(line);
    if (fields.length !== this.#columns.length) {
      const message = `There are ${fields.length} fields, and the header names ${this.#columns.length} columns.`;
      throw new PriceFeedError('FIELD', message);
    }
    const texts: Partial<Record<OwnColumn, string>> = {};
    if (this.#instrument !== undefined) texts.instrument = this.#instrument;
    fields.forEach((field, index) => {
      const column = this.#columns[index];
      if (column !== undefined) texts[column] = field;
    });
    return tickOfTexts(texts, this.#book);
  }
}
