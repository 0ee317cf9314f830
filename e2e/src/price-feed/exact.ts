/**
 * Decimal texts as whole numbers of 10⁻²⁴, far below the last digit of anything that is computed here: a price has at
 * most 12 decimals, a share 6, and a half one more. So every step is exact, or it throws.
 *
 * The suite computes prices with this from the texts that people write, and shares nothing with the price feed.
 */

const PLACES = 24;
const ONE = 10n ** BigInt(PLACES);

export type Exact = bigint;

export function exact(text: string): Exact {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (sign === undefined || fraction.length > PLACES) throw new Error(`${text} is no decimal number.`);
  const digits = BigInt(whole) * ONE + BigInt(fraction.padEnd(PLACES, '0'));
  return sign === '-' ? -digits : digits;
}

export function product(one: Exact, other: Exact): Exact {
  return divided(one * other, ONE);
}

export function half(value: Exact): Exact {
  return divided(value, 2n);
}

/** The largest multiple of `step` that is not above the value. */
export function downTo(step: Exact, value: Exact): Exact {
  const rest = value % step;
  return value - (rest < 0n ? rest + step : rest);
}

/** The smallest multiple of `step` that is not below the value. */
export function upTo(step: Exact, value: Exact): Exact {
  return -downTo(step, -value);
}

/** The multiple of `step` that is nearest; of two that are as near, the higher. */
export function nearest(step: Exact, value: Exact): Exact {
  return downTo(step, value + half(step));
}

/** How many units of the last of so many decimals it is. */
export function inUnits(value: Exact, decimals: number): number {
  return Number(divided(value, 10n ** BigInt(PLACES - decimals)));
}

/** The text of so many units of the last of so many decimals. */
export function textOfUnits(units: number, decimals: number): string {
  const digits = `${Math.abs(units)}`.padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const fraction = decimals === 0 ? '' : `.${digits.slice(point)}`;
  return `${units < 0 ? '-' : ''}${digits.slice(0, point)}${fraction}`;
}

function divided(value: bigint, by: bigint): bigint {
  if (value % by !== 0n) throw new Error(`${value} is not a whole multiple of ${by}.`);
  return value / by;
}
