/**
 * The instruments that the feed knows without being told. Sources that meet one of these need no option for it.
 *
 * Exchanges change the steps of their prices now and then, so an instrument that a source is given comes first.
 */

import type { Instrument } from './instrument.ts';

export const DEFAULT_INSTRUMENTS: readonly Instrument[] = [
  { id: 'BTCUSDT', decimals: 2, tickSize: 1 },
  { id: 'ETHUSDT', decimals: 2, tickSize: 1 },
  { id: 'BNBUSDT', decimals: 2, tickSize: 1 },
  { id: 'SOLUSDT', decimals: 2, tickSize: 1 },
  { id: 'XRPUSDT', decimals: 4, tickSize: 1 },
  { id: 'EURUSD', decimals: 5, tickSize: 1 },
  { id: 'GBPUSD', decimals: 5, tickSize: 1 },
  { id: 'USDJPY', decimals: 3, tickSize: 1 },
  { id: 'XAUUSD', decimals: 2, tickSize: 1 },
  { id: 'EURTRY', decimals: 4, tickSize: 1 },
];

const byId = new Map(DEFAULT_INSTRUMENTS.map((instrument) => [instrument.id, instrument]));

/** The instrument of the table that is called so. */
export function defaultInstrument(id: string): Instrument | undefined {
  return byId.get(id);
}
