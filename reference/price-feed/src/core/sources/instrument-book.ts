/**
 * The instruments of a recorded file, wherever they are known from: an option comes before a line of the file, that
 * before the table of the feed, and that before what the format takes for granted.
 */

import { defaultInstrument } from '../default-instruments.ts';
import { PriceFeedError } from '../errors.ts';
import { checkedInstrument, INSTRUMENTS_MAX, type Instrument } from '../instrument.ts';

export class InstrumentBook {
  /** Those that are used: they cannot change any more. */
  readonly #used = new Map<string, Instrument>();
  readonly #given: ReadonlyMap<string, Instrument>;
  readonly #ofFile = new Map<string, Instrument>();
  readonly #fallback: (id: string) => Instrument | undefined;

  /** `fallback` is what the format takes for granted. Throws `PriceFeedError` FIELD. */
  constructor(given: readonly Instrument[], fallback: (id: string) => Instrument | undefined = () => undefined) {
    this.#given = new Map(given.map((instrument) => [instrument.id, checkedInstrument(instrument)]));
    this.#fallback = fallback;
  }

  /** Throws `PriceFeedError` UNKNOWN for an instrument that nobody has described, or for one too many. */
  find(id: string): Instrument {
    const used = this.#used.get(id);
    if (used !== undefined) return used;
    const found = this.#given.get(id) ?? this.#ofFile.get(id) ?? defaultInstrument(id) ?? this.#fallback(id);
    if (found === undefined) throw unknown(id);
    if (this.#used.size >= INSTRUMENTS_MAX) throw tooMany(id);
    this.#used.set(id, found);
    return found;
  }

  /** What a line of the file says of an instrument. Throws `PriceFeedError` CONFLICT where it was used otherwise. */
  define(instrument: Instrument): void {
    const used = this.#used.get(instrument.id);
    if (used === undefined) {
      const isNew = !this.#ofFile.has(instrument.id);
      if (isNew && this.#ofFile.size >= INSTRUMENTS_MAX) throw tooMany(instrument.id);
      this.#ofFile.set(instrument.id, instrument);
      return;
    }
    if (this.#given.has(instrument.id)) return;
    if (used.decimals === instrument.decimals && used.tickSize === instrument.tickSize) return;
    const message = `${instrument.id} has had ticks with ${used.decimals} decimals and a tick size of ${used.tickSize} units, so it cannot change.`;
    throw new PriceFeedError('CONFLICT', message, 'instrument');
  }
}

function unknown(id: string): PriceFeedError {
  const shown = id.slice(0, 40);
  const message = `${shown} is not known. Say which decimals and steps it has with --instrument ${shown}:DECIMALS:TICK.`;
  return new PriceFeedError('UNKNOWN', message, 'instrument');
}

function tooMany(id: string): PriceFeedError {
  const message = `${id.slice(0, 40)} is one too many: a feed has at most ${INSTRUMENTS_MAX} instruments.`;
  return new PriceFeedError('FIELD', message, 'instrument');
}
