/** What others need of the sources that touch no file and no socket. */

export { BINANCE_URL } from './binance-streams.ts';
export { FILE_FORMATS, type FileFormat } from './file-format.ts';
export { parseInstrumentOption } from './instrument-option.ts';
export {
  MarketSimulator,
  type MarketSimulatorOptions,
  TICKS_PER_SECOND_MAX,
  TICKS_PER_SECOND_MIN,
} from './market-simulator.ts';
export { SeededRandom } from './seeded-random.ts';
export { checkedSpeed, parseSpeed, type Speed } from './speed.ts';
