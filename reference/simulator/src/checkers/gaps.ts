/** What is missing between two messages, and what a program was told of it. */

import type { DeliveredEvent, ToldGap } from '../history.ts';
import type { Entry } from './log.ts';
import type { Track } from './subscriptions.ts';
import type { World } from './world.ts';

/** The messages that were left out before an entry, by the place that comes nearest. */
export interface Missing {
  readonly first: Entry;
  readonly last: Entry;
}

/** What is missing between the places that a subscription may go on from and an entry of the same epoch. */
export function missingBefore(track: Track, entry: Entry): Missing | undefined {
  const last = entry.before;
  if (last === undefined || track.mayFollow(entry.epoch, last.seqNo)) return undefined;
  let from = 0;
  for (const { epoch, seqNo } of track.places) if (epoch === entry.epoch) from = Math.max(from, seqNo);
  let first = last;
  while (first.before !== undefined && first.before.seqNo > from) first = first.before;
  return { first, last };
}

/** All that a program was told to be missing before a message, as one gap; `undefined` when it was told nothing. */
export function toldBefore(track: Track, { gap }: DeliveredEvent): ToldGap | undefined {
  // The message tells it as well as the word before it, and is the one that is kept.
  if (gap !== undefined) return gap;
  const [first, ...more] = track.told;
  if (first === undefined) return undefined;
  return more.reduce(joined, first);
}

function joined(one: ToldGap, other: ToldGap): ToldGap {
  const afterSeqNo = Math.min(one.afterSeqNo, other.afterSeqNo);
  const epochChanged = one.epochChanged || other.epochChanged;
  if (epochChanged || one.beforeSeqNo === undefined || other.beforeSeqNo === undefined)
    return { afterSeqNo, epochChanged };
  return { afterSeqNo, beforeSeqNo: Math.max(one.beforeSeqNo, other.beforeSeqNo), epochChanged };
}

export function covers({ afterSeqNo, beforeSeqNo, epochChanged }: ToldGap, { first, last }: Missing): boolean {
  if (epochChanged) return true;
  return afterSeqNo < first.seqNo && (beforeSeqNo === undefined || last.seqNo < beforeSeqNo);
}

export function gapText({ afterSeqNo, beforeSeqNo, epochChanged }: ToldGap): string {
  return `after ${afterSeqNo}${beforeSeqNo === undefined ? '' : ` and before ${beforeSeqNo}`}${epochChanged ? ', the epoch having changed' : ''}`;
}

/** Whether the backbone can still read everything after a place; false where that is not known. */
export function isKeptAfter(
  world: World,
  topic: string,
  place: { readonly epoch: string; readonly seqNo: number; readonly messageId?: string | undefined },
): boolean {
  const { current } = world.logs.of(topic);
  if (current === undefined || current.epoch !== place.epoch) return false;
  const oldest = current.kept.length - world.run.retentionMessagesMax;
  if (place.seqNo === 0) return oldest <= 0;
  if (place.messageId === undefined) return false;
  const entry = current.find(place.seqNo, place.messageId);
  return entry !== undefined && entry.lostAt === undefined && entry.index >= oldest;
}
