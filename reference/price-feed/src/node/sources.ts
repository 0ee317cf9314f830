/** The sources of prices that need files or sockets. */

export { type BinanceProblem, BinanceSource, type BinanceSourceOptions } from './binance-source.ts';
export type { DialExchange, ExchangeConnection, ExchangeHandler } from './exchange-dial.ts';
export { FileSource, type FileSourceOptions } from './file-source.ts';
export { FileSourceError } from './file-source-error.ts';
