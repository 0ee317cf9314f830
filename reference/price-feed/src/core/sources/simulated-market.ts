/**
 * The simulated market of one instrument: a random walk in whole numbers.
 *
 * The middle price moves by a thousandth of a step at least, so that slow markets move slowly and not at all or by a
 * whole step. Three things make it look like a market. It has *heat*: in a burst ticks come ten times as quickly, moves
 * and spread grow, and it cools down over the ticks that follow. It is pulled back towards where it started, so it
 * neither runs to zero nor away. And trades happen at the bid, at the ask or between them, so that `last` follows.
 *
 * Weak spot: markets are independent of each other, so BTCUSDT and ETHUSDT do not fall together.
 */

import type { Random } from '@micro-socket/transport';
import { type Instrument, priceMaxOf } from '../instrument.ts';
import type { Tick } from '../tick.ts';
import { marketCharacterOf, startTicksOf } from './market-character.ts';
import { SeededRandom } from './seeded-random.ts';

/** Parts of a step in which the middle price is kept. */
const PARTS = 1_000;
const PARTS_PER_BILLION = 1_000_000_000;

/** Heat is in percent of what is usual. */
const CALM = 100;
const BURST_HEAT = 160;
const HEAT_MAX = 600;
/** Of the heat above the usual, this many percent are left after each tick. */
const HEAT_KEPT = 96;

/** One burst begins in so many calm ticks, on average. */
const CALM_TICKS = 120;
const BURST_TICKS_MIN = 8;
const BURST_TICKS_MAX = 32;
/** In a burst ticks come so many times as quickly. */
const BURST_QUICKER = 10;
const BURST_TICKS = (BURST_TICKS_MIN + BURST_TICKS_MAX) / 2;
/** How much longer the gap of a calm tick is than that of the average tick. */
const CALM_GAP_FACTOR = (CALM_TICKS + BURST_TICKS) / (CALM_TICKS + BURST_TICKS / BURST_QUICKER);

/** The pull takes away this part of the distance from the start in a second: one of 40,000, which is eleven hours. */
const PULL_SECONDS = 40_000;

/** How far a price may be from its start at most, as a factor. */
const RANGE = 4;

/** Out of 100 ticks so many come with a trade. */
const TRADES_PERCENT = 40;

/** The standard deviation of `bell`: of the sum of four whole numbers from 0 to 255. */
const BELL_DEVIATION = 148;

/** One part of the square that makes gaps; 10 bits, so that all products stay exact. */
const GAP_PARTS = 1_024;

export class SimulatedMarket {
  readonly instrument: Instrument;
  readonly #random: SeededRandom;
  readonly #startTicks: number;
  readonly #ticksMin: number;
  readonly #ticksMax: number;
  readonly #priceTicksMax: number;
  readonly #calmGapUs: number;
  readonly #pullTicks: number;
  /** How far a calm tick moves the price, one standard deviation, in billionths of the price. */
  readonly #movePpb: number;
  readonly #spreadTicks: number;
  /** In thousandths of a step. */
  #middle: number;
  #heat = CALM;
  #burstTicksLeft = 0;
  #last: number;

  /** `perSecond` is how many ticks it has in a second, on average. It draws a fork of `random` and no more after that. */
  constructor(instrument: Instrument, perSecond: number, random: Random) {
    const { volatilityPpm, spreadTicks } = marketCharacterOf(instrument);
    this.instrument = instrument;
    this.#random = SeededRandom.forkOf(random);
    this.#startTicks = startTicksOf(instrument);
    this.#priceTicksMax = priceMaxOf(instrument) / instrument.tickSize;
    this.#ticksMin = Math.max(1, Math.floor(this.#startTicks / RANGE));
    this.#ticksMax = Math.min(this.#priceTicksMax, this.#startTicks * RANGE);
    this.#calmGapUs = Math.max(1, Math.round((1_000_000 / perSecond) * CALM_GAP_FACTOR));
    this.#pullTicks = Math.max(1, Math.round(PULL_SECONDS * perSecond));
    this.#movePpb = Math.min(1_000_000, Math.max(1, Math.round((volatilityPpm * 1_000) / Math.sqrt(perSecond))));
    this.#spreadTicks = spreadTicks;
    this.#middle = this.#startTicks * PARTS;
    this.#last = this.#startTicks;
  }

  /** Goes on to the next tick, and says how it is then. */
  next(sourceTime: number, sourceSeq: number): Tick {
    this.#changeHeat();
    this.#move();
    const { id, tickSize } = this.instrument;
    const [bid, ask] = this.#sides();
    if (this.#random.below(100) < TRADES_PERCENT) this.#last = this.#tradeBetween(bid, ask);
    const last = this.#last * tickSize;
    return { instrument: id, bid: bid * tickSize, ask: ask * tickSize, last, sourceTime, sourceSeq };
  }

  /** How long it is from this tick to the next one, in microseconds; at least 1. */
  gapUs(): number {
    // The mean of a squared uniform number is a third: small gaps are common, long ones are rare and have a bound.
    const part = this.#random.below(GAP_PARTS);
    const calmUs = Math.floor((Math.floor((3 * this.#calmGapUs * part) / GAP_PARTS) * part) / GAP_PARTS);
    return 1 + (this.#burstTicksLeft > 0 ? Math.floor(calmUs / BURST_QUICKER) : calmUs);
  }

  #changeHeat(): void {
    this.#heat = CALM + Math.floor(((this.#heat - CALM) * HEAT_KEPT) / 100);
    if (this.#burstTicksLeft > 0) {
      this.#burstTicksLeft -= 1;
    } else if (this.#random.below(CALM_TICKS) === 0) {
      this.#burstTicksLeft = BURST_TICKS_MIN + this.#random.below(BURST_TICKS_MAX - BURST_TICKS_MIN + 1);
      this.#heat = Math.min(HEAT_MAX, this.#heat + BURST_HEAT);
    }
  }

  #move(): void {
    const ticks = Math.floor(this.#middle / PARTS);
    const deviation = Math.floor((ticks * this.#movePpb) / (PARTS_PER_BILLION / PARTS));
    const step = Math.trunc((Math.floor((deviation * this.#heat) / CALM) * this.#bell()) / BELL_DEVIATION);
    const pull = Math.trunc(((this.#startTicks - ticks) * PARTS) / this.#pullTicks);
    const moved = this.#middle + step + pull;
    this.#middle = Math.min(Math.max(moved, this.#ticksMin * PARTS), this.#ticksMax * PARTS);
  }

  /** Bid and ask in steps, at least one step apart where the price range has room for that. */
  #sides(): [bid: number, ask: number] {
    const usual = Math.max(1, Math.floor((this.#spreadTicks * this.#heat) / CALM));
    const spread = usual + this.#random.below(Math.ceil(usual / 2) + 1);
    const bid = Math.max(1, Math.floor(this.#middle / PARTS) - Math.floor(spread / 2));
    const ask = Math.min(bid + spread, this.#priceTicksMax);
    return [Math.min(bid, ask), ask];
  }

  /** Most trades take what is offered; some happen inside. */
  #tradeBetween(bid: number, ask: number): number {
    const how = this.#random.below(5);
    if (how < 2) return bid;
    return how < 4 ? ask : bid + this.#random.below(ask - bid + 1);
  }

  /** Around zero, mostly small, never beyond 510: the sum of four bytes less its middle. */
  #bell(): number {
    const word = this.#random.uint32();
    return (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24) - 510;
  }
}
