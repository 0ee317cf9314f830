/** How the nodes and topics of a world are named. */

import type { Settings } from '../settings.ts';

export const ENGINE = 'engine';
export const INTRUDER = 'intruder-1';

const TOPICS = ['prices.eurusd', 'orders.new', 'chat.lobby'] as const;

export function topicsOf({ topics }: Settings): readonly string[] {
  return TOPICS.slice(0, topics);
}

export function gatewaysOf({ gateways }: Settings): readonly string[] {
  return named('gateway', 1, gateways);
}

/** Publishers come first. */
export function publishersOf({ publishers }: Settings): readonly string[] {
  return named('client', 1, publishers);
}

export function subscribersOf({ publishers, subscribers }: Settings): readonly string[] {
  return named('client', publishers + 1, subscribers);
}

function named(kind: string, first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${first + index}`);
}
