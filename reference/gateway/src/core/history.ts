/** Sends a part of a topic's history to one connection, as fast as it reads and hardly faster. */

import type { Backbone, Entry } from '@micro-socket/backbone';
import { type FrameKind, messageFrame, type TopicName } from './frame-kind.ts';
import type { Outlet } from './outlet.ts';

/** How many messages are read at once. What does not fit the outlet is read again later, so nothing is kept. */
const CHUNK_LENGTH = 128;

export interface HistoryRequest {
  readonly backbone: Backbone;
  readonly outlet: Outlet;
  readonly kind: FrameKind;
  readonly name: TopicName;
  readonly epoch: string;
  /** Asked before each write: false when the reader has gone or may no longer read (I1). */
  readonly mayGoOn: () => boolean;
  readonly onSent: (entry: Entry) => void;
}

export type HistoryOutcome =
  /** Everything up to `toSeqNo`, or as many as there was room for. */
  | 'sent'
  /** The outlet is full; go on after the last that was sent. */
  | 'full'
  /** `mayGoOn` said no. */
  | 'stopped'
  /** The next message is no longer kept. */
  | 'gone';

/** Sends the messages after `afterSeqNo`, at most `room` of them, from one reading of the history. */
export async function sendHistory(
  request: HistoryRequest,
  afterSeqNo: number,
  toSeqNo: number,
  room: number,
): Promise<HistoryOutcome> {
  const { backbone, outlet, kind, name, epoch, mayGoOn, onSent } = request;
  const limit = Math.min(CHUNK_LENGTH, room);
  const entries = await backbone.read(name.topic, { afterSeqNo, limit });
  if (!mayGoOn()) return 'stopped';
  if (!follows(entries[0], afterSeqNo, epoch)) return 'gone';
  for (const entry of entries) {
    if (entry.seqNo > toSeqNo) break;
    // While this was being read, others of the connection may have filled the outlet again and again: without this one
    // message each time they would keep it from going on for as long as the peer is slow.
    if (outlet.full && entry !== entries[0]) return 'full';
    outlet.write(messageFrame(kind, name, entry));
    onSent(entry);
  }
  return 'sent';
}

// #region follows
/** The first message that was read must be the next one: otherwise those between have been given up. */
function follows(first: Entry | undefined, afterSeqNo: number, epoch: string): boolean {
  return first !== undefined && first.epoch === epoch && first.prevSeqNo <= afterSeqNo;
}
// #endregion follows
