/** What checks publish, and what must be true of the messages that come of it. */

import type { AckFrame, MessageFrame, SnapshotFrame, SubscribedFrame } from '@micro-socket/protocol';
import type { CheckContext } from './context.ts';
import { must, same } from './expect.ts';
import { Mismatch } from './mismatch.ts';
import { expectType, type VerifyPeer } from './peer.ts';

/** What was published, and where the gateway said that it stands. */
export interface Published {
  readonly messageId: string;
  readonly payload: unknown;
  readonly ack: AckFrame;
}

export type SnapshotEntry = SnapshotFrame['entries'][number];

/** Fewer than any gateway allows to be unanswered. */
const WINDOW = 64;

/** Publishes `count` messages without waiting for each ack, and resolves when all are acknowledged. */
export async function publishMany(
  context: CheckContext,
  peer: VerifyPeer,
  topic: string,
  count: number,
  fieldsOf: (n: number) => object = () => ({}),
): Promise<Published[]> {
  const window = Math.max(1, Math.min(WINDOW, peer.ready.limits.unacknowledgedPublishesMax));
  const published: Published[] = [];
  for (let start = 1; start <= count; start += window) {
    const batch = Array.from({ length: Math.min(window, count - start + 1) }, (_, index) => start + index);
    published.push(...(await Promise.all(batch.map((n) => publishOne(context, peer, topic, n, fieldsOf(n))))));
  }
  return published;
}

/**
 * Begins to publish, for a check that does something else meanwhile and awaits the result later. If the check fails
 * before it does, nobody is left to hear that the publishing failed, too.
 */
export function startPublishing(...how: Parameters<typeof publishMany>): Promise<Published[]> {
  const sending = publishMany(...how);
  sending.catch(() => {});
  return sending;
}

async function publishOne(context: CheckContext, peer: VerifyPeer, topic: string, n: number, fields: object) {
  const messageId = context.messageId();
  const body = { type: 'publish', topic, messageId, payload: { n }, ...fields } as const;
  const ack = expectType(await peer.request(body), 'ack');
  return { messageId, payload: body.payload as unknown, ack };
}

/** The messages are those that were published, one for one, in order, where the acks said that they stand. */
export function sameMessages(messages: readonly MessageFrame[], published: readonly Published[]): void {
  same(
    'messages',
    messages.map(({ seqNo, messageId, data }) => ({ seqNo, messageId, data })),
    published.map(({ messageId, payload, ack }) => ({ seqNo: ack.seqNo, messageId, data: payload })),
  );
}

/** Each message names the one before it, beginning with the position that `subscribed` named (§5.5). */
export function unbrokenChain(subscribed: Pick<SubscribedFrame, 'seqNo'>, messages: readonly MessageFrame[]): void {
  let last = subscribed.seqNo;
  for (const { seqNo, prevSeqNo } of messages) {
    if (prevSeqNo !== last || seqNo <= last) {
      const expected = `a message with prevSeqNo ${last} and a seqNo above it`;
      throw new Mismatch(expected, `prevSeqNo ${prevSeqNo}, seqNo ${seqNo}`);
    }
    last = seqNo;
  }
}

/** SeqNos rise; there may be holes. */
export function rising(messages: readonly { readonly seqNo: number }[]): void {
  messages.forEach(({ seqNo }, index) => {
    const before = messages[index - 1]?.seqNo ?? -1;
    must(`a seqNo above ${before}`, seqNo > before, seqNo);
  });
}

/** The last one of a list that is known not to be empty. */
export function lastOf<Item>(items: readonly Item[]): Item {
  const item = items.at(-1);
  if (item === undefined) throw new Mismatch('at least one', 'none');
  return item;
}

/** The position of a message, as `from` takes it. */
export function positionOf({ ack, messageId }: Published): { epoch: string; seqNo: number; messageId: string } {
  return { epoch: ack.epoch, seqNo: ack.seqNo, messageId };
}

/**
 * Resolves when `peer` has been sent whatever the gateway had to send when this was called: a message that was published
 * later, on another topic, has come, and then the answer to a request.
 */
export async function settle(context: CheckContext, publisher: VerifyPeer, peer: VerifyPeer): Promise<void> {
  const side = context.topic();
  await peer.subscribe(side);
  await publisher.publish(side, context.messageId(), 'settled');
  await peer.untilMessages(side, 1);
  await peer.barrier();
}

/** Resolves with the entries of all parts, which must belong together. */
export async function snapshotOf(
  peer: VerifyPeer,
  topic: string,
  { seqNo, recovered }: SubscribedFrame,
  since = 0,
): Promise<SnapshotEntry[]> {
  same('recovered', recovered, 'snapshot');
  const parts = await peer.until(`the last part of the snapshot of ${topic}`, () => {
    const frames = peer.frames('snapshot', { topic, since });
    return frames.at(-1)?.last ? frames : undefined;
  });
  const expected = parts.map((_, index) => ({ seqNo, last: index === parts.length - 1 }));
  same(
    'seqNo and last of the parts',
    parts.map((part) => ({ seqNo: part.seqNo, last: part.last })),
    expected,
  );
  const entries = parts.flatMap((part) => part.entries);
  rising(entries);
  if (entries.length > 0) must(`no entry after ${seqNo}`, lastOf(entries).seqNo <= seqNo, lastOf(entries));
  return entries;
}
