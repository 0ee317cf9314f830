/**
 * What may enter the main log: the one place where ticks are judged, whoever brings them.
 *
 * A tick is refused when it is *unknown* (of an instrument that nobody defined), *crossed* (bid above ask), *absurd* (not
 * on the grid, beyond the largest price, or too far from the tick before), *duplicate* (the same again) or *out of
 * order* (older than what was accepted). Every refusal is counted by its reason.
 *
 * A price that really has jumped must not be refused for ever: when several ticks in a row are far from the accepted one
 * but close to each other, the last of them is believed.
 *
 * It keeps one tick of each instrument, so it is bounded by the instruments that there are. It knows what this process
 * has accepted, and what others have stored as soon as that is heard of (`learn`).
 */

import { type Instrument, priceMaxOf } from './instrument.ts';
import { isQuote } from './main-log.ts';
import { SIDES, type Side } from './margin.ts';
import type { Tick } from './tick.ts';

export const REFUSALS = ['malformed', 'unknown', 'crossed', 'absurd', 'duplicate', 'outOfOrder'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Why a tick was refused, in one sentence. */
export interface Refused {
  readonly refusal: Refusal;
  readonly why: string;
}

export interface GateOptions {
  /** How far a price may be from the one before, as a share of it: 0.5 is half. Default 0.5. */
  readonly jumpMax?: number;
}

/** So many ticks in a row that agree with each other are believed, however far they are from the one before. */
const AGREEING_TICKS = 5;

/** What is known of an instrument. */
interface Known {
  tick: Tick;
  /** The one before, for when the newest is withdrawn. */
  before: Known | undefined;
  /** The newest price of each side: a tick need not have all. */
  readonly prices: Partial<Record<Side, number>>;
  /** The newest tick that was refused for its jump, and how many in a row agreed with it. */
  jumped: Tick | undefined;
  agreeing: number;
}

export class Gate {
  readonly #jumpMax: number;
  readonly #known = new Map<string, Known>();
  readonly #counts = Object.fromEntries(REFUSALS.map((refusal) => [refusal, 0])) as Record<Refusal, number>;
  #accepted = 0;

  constructor({ jumpMax = 0.5 }: GateOptions = {}) {
    this.#jumpMax = jumpMax;
  }

  /** How many ticks have passed. */
  get accepted(): number {
    return this.#accepted;
  }

  /** How many were refused, by reason. */
  get refused(): Readonly<Record<Refusal, number>> {
    return this.#counts;
  }

  /** Judges a tick of an instrument; `undefined`: it may enter, and counts as the newest from now on. */
  judge(tick: Tick, instrument: Instrument | undefined): Refused | undefined {
    const refused = this.#problemOf(tick, instrument);
    if (refused !== undefined) {
      this.#counts[refused.refusal] += 1;
      return refused;
    }
    this.#accepted += 1;
    this.#accept(tick);
    return undefined;
  }

  /** A tick that had passed was not stored: what stood before it is the newest again. */
  withdraw(tick: Tick): void {
    const known = this.#known.get(tick.instrument);
    if (known?.tick !== tick) return;
    this.#accepted -= 1;
    if (known.before === undefined) this.#known.delete(tick.instrument);
    else this.#known.set(tick.instrument, known.before);
  }

  /** A tick is on the log, whoever brought it. */
  learn(tick: Tick): void {
    const known = this.#known.get(tick.instrument);
    if (known === undefined || (isAfter(tick, known.tick) && !isSame(tick, known.tick))) this.#accept(tick);
  }

  #accept(tick: Tick): void {
    const before = this.#known.get(tick.instrument);
    const prices = { ...before?.prices };
    for (const side of SIDES) if (tick[side] !== undefined) prices[side] = tick[side];
    // One step back is enough, and a chain of them would grow for ever.
    if (before !== undefined) before.before = undefined;
    this.#known.set(tick.instrument, { tick, before, prices, jumped: undefined, agreeing: 0 });
  }

  #problemOf(tick: Tick, instrument: Instrument | undefined): Refused | undefined {
    if (!isQuote(tick)) {
      return { refusal: 'malformed', why: 'A tick has bid and ask, or last, or all three: whole numbers from 1 on.' };
    }
    const { instrument: id, bid, ask } = tick;
    if (instrument === undefined) return { refusal: 'unknown', why: `There is no instrument ${id}.` };
    if (bid !== undefined && ask !== undefined && bid > ask) {
      return { refusal: 'crossed', why: `${id} is crossed: its bid ${bid} is above its ask ${ask}.` };
    }
    const offGrid = pricesOf(tick).find((price) => price % instrument.tickSize !== 0 || price > priceMaxOf(instrument));
    if (offGrid !== undefined) {
      const why = `${offGrid} is no price of ${id}: prices are multiples of ${instrument.tickSize}, up to ${priceMaxOf(instrument)}.`;
      return { refusal: 'absurd', why };
    }
    const known = this.#known.get(id);
    return known === undefined ? undefined : this.#problemAfter(tick, known);
  }

  #problemAfter(tick: Tick, known: Known): Refused | undefined {
    const { instrument: id } = tick;
    if (isSame(tick, known.tick)) return { refusal: 'duplicate', why: `${id} has this very tick already.` };
    if (!isAfter(tick, known.tick)) {
      return { refusal: 'outOfOrder', why: `${id} has a newer tick, of ${known.tick.sourceTime}, already.` };
    }
    if (this.#isNear(tick, known.prices) || this.#isConfirmed(tick, known)) return undefined;
    const percent = Math.round(this.#jumpMax * 100);
    return { refusal: 'absurd', why: `${id} would jump by more than ${percent} % from one tick to the next.` };
  }

  /** Counts ticks that are far from the accepted one and near each other. */
  #isConfirmed(tick: Tick, known: Known): boolean {
    const agrees = known.jumped !== undefined && isAfter(tick, known.jumped) && this.#isNear(tick, known.jumped);
    known.agreeing = agrees ? known.agreeing + 1 : 1;
    known.jumped = tick;
    return known.agreeing >= AGREEING_TICKS;
  }

  /** Whether no price that both have is further away than allowed. */
  #isNear(tick: Tick, before: Partial<Record<Side, number | undefined>>): boolean {
    return SIDES.every((side) => {
      const now = tick[side];
      const then = before[side];
      return now === undefined || then === undefined || Math.abs(now - then) <= then * this.#jumpMax;
    });
  }
}

function pricesOf(tick: Tick): number[] {
  return SIDES.flatMap((side) => tick[side] ?? []);
}

/** By the source's own numbers where both have them, and otherwise by its time: several updates may share one moment. */
function isAfter(tick: Tick, before: Tick): boolean {
  if (tick.sourceSeq !== undefined && before.sourceSeq !== undefined) return tick.sourceSeq > before.sourceSeq;
  return tick.sourceTime >= before.sourceTime;
}

function isSame(tick: Tick, before: Tick): boolean {
  if (tick.sourceSeq !== undefined && before.sourceSeq !== undefined) return tick.sourceSeq === before.sourceSeq;
  return tick.sourceTime === before.sourceTime && SIDES.every((side) => tick[side] === before[side]);
}
