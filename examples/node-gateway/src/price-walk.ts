/** A price that takes a small random step every second, published straight into the backbone. */

import type { Backbone } from '@micro-socket/backbone';
import { newMessageId } from '@micro-socket/client';
import { type Clock, type Random, randomId } from '@micro-socket/transport';

/** Prices are integers in units of 0.00001, so that they are exact. */
const START = { 'prices.eurusd': 108_412, 'prices.gbpusd': 126_733 };
const SPREAD = 3;
const STEP_MS = 1_000;

/** Starts the walk; the answer stops it. */
export function startPriceWalk(backbone: Backbone, clock: Clock, random: Random): () => void {
  const bids = new Map(Object.entries(START));
  const publisher = `price-walk-${randomId(random, 6)}`;
  const step = () => {
    for (const [topic, bid] of bids) {
      const next = bid + (random.uint32() % 11) - 5;
      bids.set(topic, next);
      const payload = { bid: next, ask: next + SPREAD, scale: 5 };
      backbone
        .publish({ topic, publisher, messageId: newMessageId(clock, random), payload, sizeBytes: 64 })
        .catch((error: Error) => console.error(`${topic}: ${error.message}`));
    }
    timer = clock.after(STEP_MS, step);
  };
  let timer = clock.after(STEP_MS, step);
  return () => timer.cancel();
}
