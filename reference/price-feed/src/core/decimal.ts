/**
 * Decimal texts and scaled integers: `"67123.45"` with 2 decimals is 6,712,345.
 *
 * A price is a whole number of its instrument's smallest decimal from the source to the screen. Nothing here goes
 * through a floating-point number that is not whole, so nothing is ever rounded by accident.
 */

import { PriceFeedError } from './errors.ts';

/** The largest whole number that every JSON reader has exactly. */
export const SCALED_MAX = Number.MAX_SAFE_INTEGER;

/** Longest text that is read as a decimal. */
const TEXT_MAX = 40;

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * The scaled integer of a decimal text. Zeros beyond `decimals` are allowed; other digits there would be lost, so they
 * are refused. Throws `PriceFeedError` FIELD, which names `field`.
 */
export function parseDecimal(text: string, decimals: number, field: string): number {
  const [, sign, whole = '', fraction = ''] = (text.length <= TEXT_MAX ? DECIMAL.exec(text) : null) ?? [];
  if (sign === undefined) {
    throw new PriceFeedError('FIELD', `${field} is a decimal number such as "12.50", not ${shown(text)}.`, field);
  }
  if (/[^0]/.test(fraction.slice(decimals))) {
    throw new PriceFeedError('FIELD', `${field} has at most ${decimals} decimals; ${shown(text)} has more.`, field);
  }
  const digits = whole + fraction.slice(0, decimals).padEnd(decimals, '0');
  const scaled = Number(digits);
  if (!Number.isSafeInteger(scaled)) {
    throw new PriceFeedError(
      'FIELD',
      `${field} is too large: ${shown(text)} has more than ${SCALED_MAX} units.`,
      field,
    );
  }
  return sign === '-' && scaled !== 0 ? -scaled : scaled;
}

/** The decimal text of a scaled integer, with all of its decimals. */
export function formatDecimal(scaled: number, decimals: number): string {
  const digits = String(Math.abs(scaled)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(digits.length - decimals)}`;
  return `${scaled < 0 ? '-' : ''}${whole}${fraction}`;
}

function shown(text: string): string {
  return JSON.stringify(text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`);
}
