/**
 * Decimal arithmetic as on paper: digits and the place of the point. The tests compute the price of a channel with it a
 * second time, from the texts that people write, and share nothing with the code under test.
 */

export class Decimal {
  readonly digits: bigint;
  readonly places: number;

  private constructor(digits: bigint, places: number) {
    this.digits = digits;
    this.places = places;
  }

  static of(text: string): Decimal {
    const [whole = '0', fraction = ''] = text.split('.');
    return new Decimal(BigInt(whole + fraction), fraction.length);
  }

  plus(other: Decimal): Decimal {
    const places = Math.max(this.places, other.places);
    return new Decimal(this.#at(places) + other.#at(places), places);
  }

  minus(other: Decimal): Decimal {
    return this.plus(new Decimal(-other.digits, other.places));
  }

  times(other: Decimal): Decimal {
    return new Decimal(this.digits * other.digits, this.places + other.places);
  }

  isAbove(other: Decimal): boolean {
    return this.minus(other).digits > 0n;
  }

  /** The largest multiple of `step` that is not above this. */
  downTo(step: Decimal): Decimal {
    const places = Math.max(this.places, step.places);
    const [value, unit] = [this.#at(places), step.#at(places)];
    const rest = ((value % unit) + unit) % unit;
    return new Decimal(value - rest, places);
  }

  /** The smallest multiple of `step` that is not below this. */
  upTo(step: Decimal): Decimal {
    const down = this.downTo(step);
    return this.isAbove(down) ? down.plus(step) : down;
  }

  /** The multiple of `step` that is nearest; of two that are as near, the higher. */
  nearestTo(step: Decimal): Decimal {
    return this.plus(step.times(Decimal.of('0.5'))).downTo(step);
  }

  within(low: Decimal, high: Decimal): Decimal {
    if (low.isAbove(this)) return low;
    return this.isAbove(high) ? high : this;
  }

  /** With exactly so many digits behind the point. */
  text(places: number): string {
    const digits = this.#at(places);
    const absolute = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0');
    const point = absolute.length - places;
    return `${digits < 0n ? '-' : ''}${absolute.slice(0, point)}${places === 0 ? '' : `.${absolute.slice(point)}`}`;
  }

  #at(places: number): bigint {
    if (places >= this.places) return this.digits * 10n ** BigInt(places - this.places);
    const unit = 10n ** BigInt(this.places - places);
    if (this.digits % unit !== 0n) throw new Error(`${this.digits} has more than ${places} places.`);
    return this.digits / unit;
  }
}
