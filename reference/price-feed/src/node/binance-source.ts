/**
 * Binance's spot market as a source of prices, over its public WebSocket.
 *
 * One connection carries all symbols. It is dialled again with full-jitter back-off whenever it ends, as the exchange
 * ends every connection after a day, and it is cut when no price has come for ten seconds, because a dead link may look
 * like a quiet market. What comes in is judged message by message: what cannot be read is counted and told, and ends
 * nothing. The exchange waits for nobody, so neither does this source.
 */

import { type BackOff, backOffMs } from '@micro-socket/client';
import type { Clock, Random, Timer } from '@micro-socket/transport';
import { BoundedReports } from '../core/bounded-reports.ts';
import { PriceFeedError } from '../core/errors.ts';
import type { Instrument } from '../core/instrument.ts';
import type { PriceSource, SourceSink } from '../core/source.ts';
import { BinanceMerge } from '../core/sources/binance-merge.ts';
import { type BinanceMessage, parseBinanceMessage } from '../core/sources/binance-messages.ts';
import { BINANCE_URL, binanceInstruments, binanceStreamUrl } from '../core/sources/binance-streams.ts';
import { type DialExchange, dialExchange, type ExchangeConnection } from './exchange-dial.ts';

export interface BinanceSourceOptions {
  /** Such as `BTCUSDT`, in any case; 1 to 256 of them. */
  readonly symbols: readonly string[];
  /** Scheme, host and port. Default `wss://stream.binance.com:9443`. */
  readonly url?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Decimals and steps of instruments; they come before those that the feed knows. */
  readonly instruments?: readonly Instrument[];
  /** How a connection is made. Default: with `ws`. */
  readonly dial?: DialExchange;
}

/** No price for so long means that the connection is dead. */
export const SILENCE_MS = 10_000;

/** An exchange counts the connections of an address, and bans those that come too often. */
export const EXCHANGE_BACK_OFF: BackOff = { baseMs: 1_000, capMs: 30_000 };

/** A connection that told prices for so long makes up for the failures before it. */
const STABLE_MS = 10_000;

/** The longest message that is read, in UTF-16 code units; those of the two streams have some 200. */
export const MESSAGE_CHARS_MAX = 16_384;

/** What is counted and told with a bound. */
export type BinanceProblem = 'malformed messages' | 'unknown messages' | 'oversize messages' | 'refusals';

export class BinanceSource implements PriceSource {
  readonly name = 'binance';
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #dial: DialExchange;
  readonly #instruments: readonly Instrument[];
  readonly #url: string;
  readonly #merge: BinanceMerge;
  #sink: SourceSink | undefined;
  #reports: BoundedReports<BinanceProblem> | undefined;
  #connection: ExchangeConnection | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  /** When this connection was dialled, or told its newest price. */
  #heardAt = 0;
  /** When this connection told its first price. */
  #foundAt: number | undefined;
  /** What the sink believes. */
  #isFound = false;
  #lostWhy: string | undefined;
  /** Why this side has cut the connection, which is going to end. */
  #cutWhy: string | undefined;
  #onClosed: (() => void) | undefined;

  /** Throws `PriceFeedError` FIELD. */
  constructor({
    symbols,
    url = BINANCE_URL,
    clock,
    random,
    instruments = [],
    dial = dialExchange,
  }: BinanceSourceOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#dial = dial;
    this.#instruments = binanceInstruments(symbols, instruments);
    this.#url = binanceStreamUrl(url, this.#instruments);
    this.#merge = new BinanceMerge(this.#instruments);
  }

  /** How many messages of a kind there were since the start. */
  count(problem: BinanceProblem): number {
    return this.#reports?.count(problem) ?? 0;
  }

  /** Tells all instruments and begins to dial. Who cannot be reached now is no reason to reject: that is `lost`. */
  async start(sink: SourceSink): Promise<void> {
    this.#sink = sink;
    this.#reports = new BoundedReports((text) => sink.problem(`binance: ${text}`));
    for (const instrument of this.#instruments) sink.instrument(instrument);
    this.#connect();
  }

  /** Resolves when the connection has ended. */
  async stop(): Promise<void> {
    this.#sink = undefined;
    this.#timer?.cancel();
    const connection = this.#connection;
    if (connection === undefined) return;
    const closed = new Promise<void>((resolve) => {
      this.#onClosed = resolve;
    });
    connection.cut();
    await closed;
  }

  #connect(): void {
    this.#heardAt = this.#clock.now();
    this.#foundAt = undefined;
    this.#cutWhy = undefined;
    this.#connection = this.#dial(this.#url, {
      onMessage: (text) => this.#onMessage(text),
      onClose: (why) => this.#onClose(why),
    });
    this.#watchSilence();
  }

  #onClose(why: string): void {
    this.#connection = undefined;
    this.#timer?.cancel();
    this.#onClosed?.();
    if (this.#sink === undefined) return;
    this.#merge.forget();
    this.#tellLost(this.#cutWhy ?? why);
    const wasStable = this.#foundAt !== undefined && this.#clock.now() - this.#foundAt >= STABLE_MS;
    this.#failures = wasStable ? 1 : this.#failures + 1;
    const waitMs = backOffMs(this.#random, this.#failures, EXCHANGE_BACK_OFF);
    this.#timer = this.#clock.after(waitMs, () => this.#connect());
  }

  /** One timer for all messages of a connection: it looks when the newest one came. */
  #watchSilence(): void {
    const leftMs = this.#heardAt + SILENCE_MS - this.#clock.now();
    if (leftMs > 0) this.#timer = this.#clock.after(leftMs, () => this.#watchSilence());
    else this.#cut(`there was no price for ${SILENCE_MS / 1_000} s`);
  }

  /** The sink hears the reason at once, and not a second time when the socket has ended. */
  #cut(why: string): void {
    this.#cutWhy = why;
    this.#timer?.cancel();
    this.#tellLost(why);
    this.#connection?.cut();
  }

  /** Tells the same reason once, however many times it is dialled in vain. */
  #tellLost(why: string): void {
    if (!this.#isFound && why === this.#lostWhy) return;
    this.#isFound = false;
    this.#lostWhy = why;
    this.#sink?.lost(`Binance: ${why}.`);
  }

  #onMessage(text: string): void {
    // What was on its way when this side cut the connection, or stopped.
    if (this.#sink === undefined || this.#cutWhy !== undefined) return;
    if (text.length > MESSAGE_CHARS_MAX) {
      this.#report('oversize messages', `A message of ${text.length} characters was skipped.`);
      return;
    }
    this.#onParsed(parseBinanceMessage(text));
  }

  #onParsed(message: BinanceMessage): void {
    if (message.kind === 'last' || message.kind === 'book') this.#onPrice(message);
    else if (message.kind === 'shutdown') this.#cut('the exchange shuts this connection down');
    else if (message.kind === 'error') this.#report('refusals', `The exchange refuses: ${message.why}`);
    else if (message.kind === 'unknown') this.#report('unknown messages', `Nobody asked for this: ${message.what}`);
    else if (message.kind === 'malformed') this.#report('malformed messages', message.why);
  }

  #onPrice(message: Extract<BinanceMessage, { kind: 'last' | 'book' }>): void {
    const now = this.#clock.now();
    try {
      const tick = this.#merge.tick(message, now);
      if (tick === undefined) {
        const symbol = message.symbol.slice(0, 40);
        this.#report('unknown messages', `Nobody asked for this symbol: ${symbol}`);
        return;
      }
      this.#heardAt = now;
      this.#tellFound(now);
      this.#sink?.tick(tick);
    } catch (error) {
      if (!(error instanceof PriceFeedError)) throw error;
      this.#report('malformed messages', `${message.symbol.slice(0, 40)}: ${error.message}`);
    }
  }

  #tellFound(now: number): void {
    if (this.#isFound) return;
    this.#isFound = true;
    this.#foundAt = now;
    this.#sink?.found();
  }

  #report(problem: BinanceProblem, text: string): void {
    this.#reports?.add(problem, text);
  }
}
