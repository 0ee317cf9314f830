/** Times as files write them, to milliseconds since 1970. Smaller parts are kept as fractions. */

import { PriceFeedError } from '../errors.ts';

const NUMBER = /^\d{1,20}(?:\.\d{1,9})?$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/** Beyond this a number is no time in milliseconds but one in microseconds: it would be in the year 5138. */
const MS_MAX = 100_000_000_000_000;
const US_PER_MS = 1_000;
const DAY_MS = 86_400_000;

/** Milliseconds since 1970, or ISO 8601 in UTC, such as `2024-03-01T09:30:00.250Z`. Throws `PriceFeedError` FIELD. */
export function parseTime(text: string, field = 'time'): number {
  const ms = NUMBER.test(text) ? Number(text) : isoMs(text);
  if (ms === undefined) {
    const message = `${field} is milliseconds since 1970 or such as "2024-03-01T09:30:00.250Z", not ${shown(text)}.`;
    throw new PriceFeedError('FIELD', message, field);
  }
  if (ms < MS_MAX) return ms;
  throw new PriceFeedError('FIELD', `${field} is in milliseconds; ${text} is too large for that.`, field);
}

/** Milliseconds or microseconds since 1970, told apart by their size. Throws `PriceFeedError` FIELD. */
export function parseExchangeTime(text: string, field = 'time'): number {
  const number = /^\d{1,17}$/.test(text) ? Number(text) : Number.NaN;
  if (number < MS_MAX) return number;
  if (number < MS_MAX * US_PER_MS) return number / US_PER_MS;
  const message = `${field} is milliseconds or microseconds since 1970, not ${shown(text)}.`;
  throw new PriceFeedError('FIELD', message, field);
}

function isoMs(text: string): number | undefined {
  const [, ...parts] = ISO.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map(Number);
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!isDay || hour > 23 || minute > 59 || second > 59) return undefined;
  const nanoseconds = Number((parts[6] ?? '').padEnd(9, '0'));
  const ms = daysSince1970(year, month, day) * DAY_MS + (hour * 3_600 + minute * 60 + second) * 1_000;
  return ms < 0 ? undefined : ms + nanoseconds / 1_000_000;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Counted in years that begin with March, so that the day that only leap years have is the last one. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return marchYear * 365 + leapDays + dayOfYear - 719_468;
}

function shown(text: string): string {
  return JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`);
}
