/**
 * A market that is made up: a source of prices for those who have no internet, no file and no licence.
 *
 * Everything that it tells follows from its random source, its instruments and its rate; the clock only says when. Each
 * instrument draws from a fork of its own. So the same seed gives the same prices in the same order, and the same
 * source times counted from the start. Like an exchange it waits for nobody.
 */

import type { Clock, Random, Timer } from '@micro-socket/transport';
import { DEFAULT_INSTRUMENTS } from '../default-instruments.ts';
import { PriceFeedError } from '../errors.ts';
import { checkedInstrument, INSTRUMENTS_MAX, type Instrument } from '../instrument.ts';
import type { PriceSource, SourceSink } from '../source.ts';
import { SimulatedMarket } from './simulated-market.ts';

export interface MarketSimulatorOptions {
  readonly clock: Clock;
  /** Drawn from in the constructor only. */
  readonly random: Random;
  /** 1 to 256 of them. Default: the table of `default-instruments.ts`. */
  readonly instruments?: readonly Instrument[];
  /** Of all instruments together, on average; 0.1 to 10,000. Default 20. */
  readonly ticksPerSecond?: number;
  /** The source time of the first ticks, in milliseconds since 1970. Default: when it is started. */
  readonly startedAt?: number;
}

export const TICKS_PER_SECOND_MIN = 0.1;
export const TICKS_PER_SECOND_MAX = 10_000;
const DEFAULT_TICKS_PER_SECOND = 20;

/** What is told at once after a pause of the process, at most; the market stood still for the rest of it. */
export const CATCH_UP_TICKS_MAX = 1_000;

/** The first sourceSeq of a run is its start in these parts of a millisecond, so the next run goes on above it. */
const SEQ_PER_MS = 1_000;

interface Due {
  readonly market: SimulatedMarket;
  /** When its next tick is due, in microseconds since the start. */
  atUs: number;
  sourceSeq: number;
}

export class MarketSimulator implements PriceSource {
  readonly name = 'simulator';
  readonly #clock: Clock;
  readonly #dues: readonly Due[];
  #startedAt: number | undefined;
  /** When the clock shows the start; later by every pause that was not caught up. */
  #beganAt = 0;
  #pausedMs = 0;
  #sink: SourceSink | undefined;
  #timer: Timer | undefined;
  #isCut = false;

  /** Throws `PriceFeedError` FIELD. */
  constructor({
    clock,
    random,
    instruments = DEFAULT_INSTRUMENTS,
    ticksPerSecond = DEFAULT_TICKS_PER_SECOND,
    startedAt,
  }: MarketSimulatorOptions) {
    const perSecond = checkedRate(ticksPerSecond) / checkedInstruments(instruments).length;
    this.#clock = clock;
    this.#startedAt = startedAt;
    this.#dues = instruments.map((instrument) => {
      return { market: new SimulatedMarket(instrument, perSecond, random), atUs: 0, sourceSeq: 0 };
    });
  }

  /** Tells all instruments, and a first tick of each of them at once. */
  async start(sink: SourceSink): Promise<void> {
    this.#sink = sink;
    this.#beganAt = this.#clock.now();
    this.#startedAt ??= Math.floor(this.#beganAt);
    for (const due of this.#dues) {
      due.sourceSeq = Math.floor(this.#startedAt) * SEQ_PER_MS;
      sink.instrument(due.market.instrument);
    }
    if (!this.#isCut) sink.found();
    this.#run();
  }

  async stop(): Promise<void> {
    this.#sink = undefined;
    this.#timer?.cancel();
  }

  /** Loses the connection, for demonstrations: the market goes on, and nobody hears of it. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#sink?.lost('The simulated market was cut off.');
  }

  /** Takes the connection back that `cut` has lost. */
  restore(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    this.#sink?.found();
  }

  #run(): void {
    for (let told = 0; told < CATCH_UP_TICKS_MAX; told++) {
      const next = this.#next();
      // The clock shows milliseconds in floating point: within a microsecond it is the same moment.
      if (next.atUs > this.#elapsedUs() + 1) break;
      this.#tell(next);
      // Whoever got that tick may have stopped this.
      if (this.#sink === undefined) return;
    }
    this.#standStill();
    this.#timer = this.#clock.after(Math.max(0, (this.#next().atUs - this.#elapsedUs()) / 1_000), () => this.#run());
  }

  /** Leaves out what is overdue still: after a night of sleep nobody wants to be told the whole night. */
  #standStill(): void {
    const behindMs = (this.#elapsedUs() - this.#next().atUs) / 1_000;
    if (behindMs <= 0) return;
    this.#beganAt += behindMs;
    this.#pausedMs += behindMs;
  }

  #tell(due: Due): void {
    due.sourceSeq += 1;
    const sourceTime = Math.floor((this.#startedAt as number) + this.#pausedMs + due.atUs / 1_000);
    const tick = due.market.next(sourceTime, due.sourceSeq);
    due.atUs += due.market.gapUs();
    if (!this.#isCut) this.#sink?.tick(tick);
  }

  /** Whose turn is next; of those that are due in one microsecond the first in the table. */
  #next(): Due {
    return this.#dues.reduce((first, due) => (due.atUs < first.atUs ? due : first));
  }

  #elapsedUs(): number {
    return (this.#clock.now() - this.#beganAt) * 1_000;
  }
}

function checkedRate(ticksPerSecond: number): number {
  if (ticksPerSecond >= TICKS_PER_SECOND_MIN && ticksPerSecond <= TICKS_PER_SECOND_MAX) return ticksPerSecond;
  const message = `ticksPerSecond is from ${TICKS_PER_SECOND_MIN} to ${TICKS_PER_SECOND_MAX}, not ${ticksPerSecond}.`;
  throw new PriceFeedError('FIELD', message, 'ticksPerSecond');
}

function checkedInstruments(instruments: readonly Instrument[]): readonly Instrument[] {
  const ids = new Set(instruments.map((instrument) => checkedInstrument(instrument).id));
  if (ids.size === instruments.length && ids.size >= 1 && ids.size <= INSTRUMENTS_MAX) return instruments;
  const message = `The simulator has 1 to ${INSTRUMENTS_MAX} instruments, each of them once; it was given ${instruments.length}.`;
  throw new PriceFeedError('FIELD', message, 'instruments');
}
