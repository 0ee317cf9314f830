/** How the simulated market of an instrument behaves: where it starts, how much it moves, what dealers take. */

import { parseDecimal } from '../decimal.ts';
import { type Instrument, priceMaxOf } from '../instrument.ts';

export interface MarketCharacter {
  /** Around which the price moves, as decimal text. */
  readonly startPrice: string;
  /** How far the price moves in a calm second, one standard deviation, in millionths of the price. */
  readonly volatilityPpm: number;
  /** Between bid and ask while the market is calm, in steps of the price. At least 1. */
  readonly spreadTicks: number;
}

const CHARACTERS: Readonly<Record<string, MarketCharacter>> = {
  BTCUSDT: { startPrice: '67000.00', volatilityPpm: 100, spreadTicks: 20 },
  ETHUSDT: { startPrice: '3500.00', volatilityPpm: 120, spreadTicks: 10 },
  BNBUSDT: { startPrice: '590.00', volatilityPpm: 120, spreadTicks: 1 },
  SOLUSDT: { startPrice: '150.00', volatilityPpm: 160, spreadTicks: 2 },
  XRPUSDT: { startPrice: '0.5200', volatilityPpm: 140, spreadTicks: 1 },
  EURUSD: { startPrice: '1.08500', volatilityPpm: 17, spreadTicks: 5 },
  GBPUSD: { startPrice: '1.26500', volatilityPpm: 19, spreadTicks: 8 },
  USDJPY: { startPrice: '151.500', volatilityPpm: 20, spreadTicks: 6 },
  XAUUSD: { startPrice: '2330.00', volatilityPpm: 35, spreadTicks: 20 },
  EURTRY: { startPrice: '35.1000', volatilityPpm: 25, spreadTicks: 60 },
};

/** What an instrument has that nobody has described. */
const ANY_CHARACTER: MarketCharacter = { startPrice: '100', volatilityPpm: 50, spreadTicks: 4 };

/** Where a market starts at most, in steps: its arithmetic stays within whole numbers up to four times of this. */
const START_TICKS_MAX = 1_000_000_000;

/** Where a market starts at least, so that a step is a small part of the price. */
const START_TICKS_MIN = 1_000;

export function marketCharacterOf({ id }: Instrument): MarketCharacter {
  return Object.hasOwn(CHARACTERS, id) ? (CHARACTERS[id] as MarketCharacter) : ANY_CHARACTER;
}

/** Decimals that no start price of the table has more of. */
const START_DECIMALS = 5;

/** Where a market starts, in steps of its price. */
export function startTicksOf(instrument: Instrument): number {
  const { startPrice } = marketCharacterOf(instrument);
  const scale = 10 ** (instrument.decimals - START_DECIMALS);
  const ticks = Math.floor((parseDecimal(startPrice, START_DECIMALS, 'startPrice') * scale) / instrument.tickSize);
  const bounded = Math.min(Math.max(ticks, START_TICKS_MIN), START_TICKS_MAX);
  return Math.min(bounded, priceMaxOf(instrument) / instrument.tickSize);
}
