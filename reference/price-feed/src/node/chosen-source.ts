/** The source that a command line has chosen. */

import { systemClock, systemRandom } from '@micro-socket/transport/node';
import type { Instrument } from '../core/instrument.ts';
import type { PriceSource } from '../core/source.ts';
import { MarketSimulator } from '../core/sources/market-simulator.ts';
import { SeededRandom } from '../core/sources/seeded-random.ts';
import { BinanceSource } from './binance-source.ts';
import type { SourceChoice } from './cli-options.ts';
import { FileSource } from './file-source.ts';

/** `undefined` for none. Throws `PriceFeedError` FIELD. */
export function chosenSource(choice: SourceChoice, instruments: readonly Instrument[]): PriceSource | undefined {
  const clock = systemClock;
  const random = systemRandom;
  switch (choice.kind) {
    case 'none':
      return undefined;
    case 'simulator': {
      const { seed, ticksPerSecond } = choice;
      return new MarketSimulator({
        clock,
        random: seed === undefined ? random : new SeededRandom(seed),
        ...(instruments.length === 0 ? {} : { instruments }),
        ...(ticksPerSecond === undefined ? {} : { ticksPerSecond }),
      });
    }
    case 'file': {
      const { path, format, instrument, repeat, speed, badLines } = choice;
      const rest = { ...(speed === undefined ? {} : { speed }), ...(badLines === undefined ? {} : { badLines }) };
      return new FileSource({ path, clock, format, instrument, instruments, repeat, ...rest });
    }
    case 'binance': {
      const { symbols, url } = choice;
      return new BinanceSource({ symbols, clock, random, instruments, ...(url === undefined ? {} : { url }) });
    }
  }
}
