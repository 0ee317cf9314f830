/**
 * What a channel adds to the prices of the main feed, by instrument and side.
 *
 * In people's words a margin is decimal text: `{ "basisPoints": "2.5", "amount": "0.50" }`, the amount in the price
 * units of the instrument. Inside it is two whole numbers, so that deriving a price is arithmetic on integers.
 */

import { formatDecimal, parseDecimal, SCALED_MAX } from './decimal.ts';
import { PriceFeedError } from './errors.ts';
import { type Instrument, isInstrumentId } from './instrument.ts';

/** A margin of one side; both parts widen the spread where they are positive. */
export interface SideMargin {
  /** Parts per million of the price: a hundredth of a basis point. */
  readonly ppm: number;
  /** In units of the instrument's last decimal. */
  readonly amount: number;
}

export const SIDES = ['bid', 'ask', 'last'] as const;
export type Side = (typeof SIDES)[number];

/** What an absent side has: nothing is added. `last` is raised by a positive margin, as `ask` is. */
export type InstrumentMargins = Readonly<Partial<Record<Side, SideMargin>>>;

/** By instrument id; `*` is for those that are not named. */
export type Margins = Readonly<Record<string, InstrumentMargins>>;

/** Stands for every instrument that is not named. It has basis points only: what an amount is worth depends on the instrument. */
export const ANY_INSTRUMENT = '*';

/** The largest share, in basis points: a hundred times the price. */
export const BASIS_POINTS_MAX = 1_000_000;

const PPM_DECIMALS = 2;
const PPM_MAX = BASIS_POINTS_MAX * 10 ** PPM_DECIMALS;

/** A margin of one side as people write it. */
export interface SideMarginText {
  /** Hundredths of a percent of the price, at most 2 decimals. Default `"0"`. */
  readonly basisPoints?: string;
  /** In the price units of the instrument, with at most its decimals. Default `"0"`. */
  readonly amount?: string;
}

export type MarginsText = Readonly<Record<string, Readonly<Partial<Record<Side, SideMarginText>>>>>;

/** What is added to an instrument's prices. */
export function marginsFor(margins: Margins, instrument: string): InstrumentMargins {
  if (Object.hasOwn(margins, instrument)) return margins[instrument] as InstrumentMargins;
  return Object.hasOwn(margins, ANY_INSTRUMENT) ? (margins[ANY_INSTRUMENT] as InstrumentMargins) : {};
}

/**
 * Reads what people wrote. `instruments` are those that there are. Throws `PriceFeedError` FIELD that names the field.
 */
export function parseMargins(value: unknown, instruments: ReadonlyMap<string, Instrument>): Margins {
  const field = 'margins';
  const margins: Record<string, InstrumentMargins> = {};
  for (const [id, sides] of entriesOf(value, field)) {
    const path = `${field}.${id}`;
    margins[id] = parseSides(sides, path, scaleOf(id, instruments, path));
  }
  return margins;
}

/** The same margins in people's words. An instrument that is unknown by now is shown in units of its last decimal. */
export function formatMargins(margins: Margins, instruments: ReadonlyMap<string, Instrument>): MarginsText {
  return Object.fromEntries(
    Object.entries(margins).map(([id, sides]) => {
      const decimals = instruments.get(id)?.decimals ?? 0;
      const texts = Object.entries(sides).map(([side, { ppm, amount }]) => {
        const basisPoints = formatDecimal(ppm, PPM_DECIMALS);
        // An amount is refused there, also one that is nothing.
        if (id === ANY_INSTRUMENT) return [side, { basisPoints }];
        return [side, { basisPoints, amount: formatDecimal(amount, decimals) }];
      });
      return [id, Object.fromEntries(texts)];
    }),
  );
}

/** The decimals of an instrument; `undefined` for `*`, which takes no amount. */
function scaleOf(id: string, instruments: ReadonlyMap<string, Instrument>, path: string): number | undefined {
  if (id === ANY_INSTRUMENT) return undefined;
  const known = instruments.get(id);
  if (known !== undefined) return known.decimals;
  const shown = isInstrumentId(id) ? id : JSON.stringify(id.slice(0, 40));
  const some = [...instruments.keys()].slice(0, 20).join(', ');
  throw new PriceFeedError('FIELD', `There is no instrument ${shown}. There are: ${some}, and * for the others.`, path);
}

function parseSides(value: unknown, path: string, decimals: number | undefined): InstrumentMargins {
  const sides: Partial<Record<Side, SideMargin>> = {};
  for (const [side, margin] of entriesOf(value, path)) {
    const of = `${path}.${side}`;
    if (!isSide(side)) throw new PriceFeedError('FIELD', `A side is one of ${SIDES.join(', ')}, not ${side}.`, of);
    sides[side] = parseSide(margin, of, decimals);
  }
  return sides;
}

function parseSide(value: unknown, path: string, decimals: number | undefined): SideMargin {
  const parts = new Map(entriesOf(value, path));
  for (const name of parts.keys()) {
    if (name === 'basisPoints' || name === 'amount') continue;
    throw new PriceFeedError('FIELD', `A margin has basisPoints and amount, not ${name}.`, `${path}.${name}`);
  }
  const ppm = parseDecimal(
    textOf(parts.get('basisPoints'), `${path}.basisPoints`),
    PPM_DECIMALS,
    `${path}.basisPoints`,
  );
  if (Math.abs(ppm) > PPM_MAX) {
    const message = `basisPoints is from -${BASIS_POINTS_MAX} to ${BASIS_POINTS_MAX}.`;
    throw new PriceFeedError('FIELD', message, `${path}.basisPoints`);
  }
  if (decimals === undefined && parts.has('amount')) {
    const message = 'An amount is in the price units of one instrument, so * has basisPoints only.';
    throw new PriceFeedError('FIELD', message, `${path}.amount`);
  }
  return { ppm, amount: parseDecimal(textOf(parts.get('amount'), `${path}.amount`), decimals ?? 0, `${path}.amount`) };
}

/** Numbers are refused, because 0.1 is none: whoever wrote it may have lost digits already. */
function textOf(value: unknown, path: string): string {
  if (value === undefined) return '0';
  if (typeof value === 'string') return value;
  throw new PriceFeedError('FIELD', `${path} is text, such as "2.5", so that no digit is lost on the way.`, path);
}

function entriesOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new PriceFeedError('FIELD', `${path} is an object.`, path);
}

function isSide(text: string): text is Side {
  return (SIDES as readonly string[]).includes(text);
}

/** Whether a value, such as one from a log, is margins in whole numbers within their bounds. */
export function areMargins(value: unknown): value is Margins {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (sides: unknown) =>
      typeof sides === 'object' &&
      sides !== null &&
      Object.entries(sides).every(([side, margin]) => isSide(side) && isSideMargin(margin)),
  );
}

function isSideMargin(value: unknown): value is SideMargin {
  const { ppm, amount } = (value ?? {}) as Partial<SideMargin>;
  return isWholeUpTo(ppm, PPM_MAX) && isWholeUpTo(amount, SCALED_MAX);
}

function isWholeUpTo(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Math.abs(value as number) <= most;
}
