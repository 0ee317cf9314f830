/**
 * What a channel must show for a tick, by the written rule of the price feed and with nothing of its code: the load
 * generator computes with whole numbers of any size, in millionths of a unit, and rounds once.
 */

import { INSTRUMENTS, instrumentOf, marginsOf, tickOf } from './market.ts';

const MILLION = 1_000_000n;

interface Added {
  readonly ppm: bigint;
  /** In millionths of a unit. */
  readonly amount: bigint;
}

interface AddedToSides {
  readonly bid: Added;
  readonly ask: Added;
  readonly last: Added;
}

/** What one channel makes of ticks. */
export class ExpectedPrices {
  readonly #version: number;
  readonly #added: readonly AddedToSides[];

  /** `version`: what the server named when it created the channel; each price must carry it. */
  constructor(channel: number, version: number) {
    this.#version = version;
    const margins = marginsOf(channel);
    this.#added = INSTRUMENTS.map(({ id, decimals }) => {
      const sides = margins[id] ?? margins['*'] ?? {};
      const added = (side: 'bid' | 'ask' | 'last'): Added => ({
        ppm: scaled(sides[side]?.basisPoints, 2),
        amount: scaled(sides[side]?.amount, decimals) * MILLION,
      });
      return { bid: added('bid'), ask: added('ask'), last: added('last') };
    });
  }

  /** The JSON text of the channel's payload for tick `number`. The prices are far from the greatest and the least. */
  payloadText(number: number): string {
    const tick = tickOf(number);
    const step = BigInt(instrumentOf(number).tickSize) * MILLION;
    const { bid, ask, last } = this.#added[number % INSTRUMENTS.length] as AddedToSides;
    let low = BigInt(tick.bid as number) * (MILLION - bid.ppm) - bid.amount;
    let high = BigInt(tick.ask as number) * (MILLION + ask.ppm) + ask.amount;
    // Twice as fine, for the middle of two numbers.
    [low, high] = low > high ? [low + high, low + high] : [2n * low, 2n * high];
    const traded = 2n * (BigInt(tick.last as number) * (MILLION + last.ppm) + last.amount);
    const unit = 2n * step;
    const size = BigInt(instrumentOf(number).tickSize);
    const prices = `"bid":${(low / unit) * size},"ask":${((high + unit - 1n) / unit) * size},"last":${((traded + step) / unit) * size}`;
    const { instrument, sourceTime } = tick;
    return `{"type":"tick","instrument":"${instrument}",${prices},"sourceTime":${sourceTime},"version":${this.#version}}`;
  }
}

/** `"-2.50"` with 2 decimals is -250. */
function scaled(text: string | undefined, decimals: number): bigint {
  if (text === undefined) return 0n;
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const digits = BigInt(whole + fraction.padEnd(decimals, '0').slice(0, decimals));
  return text.startsWith('-') ? -digits : digits;
}
