/**
 * One process has the source of a main topic at a time: two would mix their prices.
 *
 * A process that has one says so twice a second (`source-status.ts`). Whoever is about to begin looks whether somebody
 * does, and waits until a silence has lasted long enough: a process that was killed a moment ago is not in the way.
 */

import type { Backbone, Entry } from '@micro-socket/backbone';
import type { Clock } from '@micro-socket/transport';
import { PriceFeedError } from './errors.ts';
import { readStatus, STALE_AFTER_MS } from './source-status.ts';

/** Rejects with `PriceFeedError` CONFLICT where another process has the source, and with what the backbone says. */
export async function requireAlone(backbone: Backbone, topic: string, clock: Clock): Promise<void> {
  const before = await newestStatus(backbone, topic);
  if (before === undefined || clock.now() - before.time >= STALE_AFTER_MS) return;
  await new Promise<void>((resolve) => void clock.after(STALE_AFTER_MS, resolve));
  const now = await newestStatus(backbone, topic);
  if (now === undefined || now.messageId === before.messageId) return;
  const { source } = readStatus(now.payload) ?? { source: 'source' };
  const words = `Another process has a ${source} for ${topic.slice(0, topic.lastIndexOf('.'))} already.`;
  throw new PriceFeedError('CONFLICT', `${words} Stop it, or start this one with --source none.`);
}

/** What was said last; `undefined` where nobody has said anything, or the one who did has ended. */
async function newestStatus(backbone: Backbone, topic: string): Promise<Entry | undefined> {
  const { entries } = await backbone.snapshot(topic);
  const newest = entries.at(-1);
  const status = newest === undefined ? undefined : readStatus(newest.payload);
  const isStopped = status === undefined || (status.state === 'ended' && status.why === STOPPED);
  return isStopped ? undefined : newest;
}

/** What a feed says last when it is stopped in good order. */
export const STOPPED = 'The feed was stopped.';
