import type { SnapshotFrame } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import type { Message } from '../src/index.ts';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { settled } from './support/settled.ts';
import { seqNos, taken, withGaps } from './support/taken.ts';

const entries = (...all: number[]): SnapshotFrame['entries'] =>
  all.map((seqNo) => ({ seqNo, messageId: `m${seqNo}`, time: seqNo, data: { n: seqNo }, key: `k${seqNo}` }));

function part(gateway: ScriptedGateway, seqNo: number, last: boolean, ...all: number[]): void {
  gateway.send({ type: 'snapshot', ...gateway.place('a'), seqNo, entries: entries(...all), last });
}

const start = { recovered: 'snapshot' } as const;

describe.each(['json', 'msgpack'] as const)('a snapshot in %s (§5.6)', (encoding) => {
  it('is put together from its parts, and given as messages before later ones', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { messages, losses, options } = taken({ mode: 'keyed', from: 'snapshot' });
    const subscription = await gateway.subscribed('a', 9, options, start);
    part(gateway, 9, false, 2, 5);
    await gateway.settle();
    expect(messages).toEqual([]);
    part(gateway, 9, true, 8);
    gateway.message('a', 9, 10);
    await gateway.settle();
    expect(messages.map(({ seqNo, key, fromSnapshot }) => [seqNo, key, fromSnapshot])).toEqual([
      [2, 'k2', true],
      [5, 'k5', true],
      [8, 'k8', true],
      [10, undefined, undefined],
    ]);
    expect(messages[0]).toEqual({
      topic: 'a',
      epoch: 'e',
      seqNo: 2,
      messageId: 'm2',
      time: 2,
      data: { n: 2 },
      key: 'k2',
      fromSnapshot: true,
    });
    expect(losses).toEqual([]);
    expect(subscription.position).toEqual({ epoch: 'e', seqNo: 10, messageId: 'm10' });
  });

  it('is given as a whole to onSnapshot', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const snapshots: (readonly Message[])[] = [];
    const { messages, options } = taken({ from: 'snapshot', onSnapshot: (state) => void snapshots.push(state) });
    await gateway.subscribed('a', 9, options, start);
    part(gateway, 9, false, 2);
    part(gateway, 9, true, 8);
    gateway.message('a', 9, 10);
    await gateway.settle();
    expect(snapshots.map(seqNos)).toEqual([[2, 8]]);
    expect(seqNos(messages)).toEqual([10]);
  });
});

describe('a snapshot', () => {
  it('may come later, in place of what a slow reader has missed, and news goes on after it (§4.2)', async () => {
    const gateway = await ScriptedGateway.ready();
    const snapshots: (readonly Message[])[] = [];
    const { messages, losses, options } = taken({ mode: 'keyed', onSnapshot: (all) => snapshots.push(all) });
    const subscription = await gateway.subscribed('a', 3, options);
    gateway.message('a', 3, 4);
    part(gateway, 9, false, 4, 7);
    part(gateway, 9, true, 9);
    gateway.message('a', 9, 10);
    await gateway.settle();
    expect(snapshots.map((all) => all.map(({ seqNo }) => seqNo))).toEqual([[4, 7, 9]]);
    expect(seqNos(messages)).toEqual([4, 10]);
    expect(messages[1]?.conflated).toBeUndefined();
    expect(losses).toEqual([]);
    expect(subscription.position).toEqual({ epoch: 'e', seqNo: 10, messageId: 'm10' });
    // An older state than what the program has is none of its business.
    part(gateway, 6, true, 5);
    await gateway.settle();
    expect(snapshots).toHaveLength(1);
  });

  it('may come later to a reader of messages, who is given what it does not have yet', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, options } = taken({ mode: 'keyed' });
    await gateway.subscribed('a', 3, options);
    gateway.message('a', 3, 4);
    part(gateway, 9, true, 4, 7, 9);
    gateway.message('a', 9, 10);
    await gateway.settle();
    expect(messages.map(({ seqNo, fromSnapshot }) => [seqNo, fromSnapshot])).toEqual([
      [4, undefined],
      [7, true],
      [9, true],
      [10, undefined],
    ]);
    expect(losses).toEqual([]);
  });

  it('may be empty', async () => {
    const gateway = await ScriptedGateway.ready();
    const snapshots: (readonly Message[])[] = [];
    const { options } = taken({ from: 'snapshot', onSnapshot: (state) => void snapshots.push(state) });
    const subscription = await gateway.subscribed('a', 0, options, start);
    part(gateway, 0, true);
    await gateway.settle();
    expect(snapshots).toEqual([[]]);
    expect(subscription.position).toEqual({ epoch: 'e', seqNo: 0, messageId: undefined });
  });

  async function resumed(more: object) {
    const gateway = await ScriptedGateway.ready();
    const got = taken(more);
    await gateway.subscribed('a', 4, got.options);
    gateway.message('a', 4, 5);
    await gateway.settle();
    await gateway.cut();
    await gateway.accept();
    gateway.begin('a', 9, start);
    return { gateway, ...got };
  }

  it('after a gap tells the gap first; messages that were given are not given again (I2, D5)', async () => {
    const { gateway, messages, losses } = await resumed({ onGap: 'snapshot' });
    part(gateway, 9, true, 3, 5, 8);
    gateway.message('a', 9, 10);
    await gateway.settle();
    const gap = { afterSeqNo: 5, beforeSeqNo: 10, epochChanged: false };
    expect(losses).toEqual([gap]);
    expect(withGaps(messages)).toEqual([
      [5, undefined],
      [8, gap],
      [10, undefined],
    ]);
  });

  it('after a gap gives onSnapshot the whole state, so that what is gone is known to be gone', async () => {
    const snapshots: (readonly Message[])[] = [];
    const onSnapshot = (state: readonly Message[]) => void snapshots.push(state);
    const { gateway, messages } = await resumed({ mode: 'keyed', onSnapshot });
    part(gateway, 9, true, 3, 5, 8);
    gateway.message('a', 9, 10);
    await gateway.settle();
    expect(snapshots.map(seqNos)).toEqual([[3, 5, 8]]);
    expect(withGaps(messages)).toEqual([
      [5, undefined],
      [10, undefined],
    ]);
  });

  it('of a new epoch is given as a whole', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, options } = taken({ mode: 'latest' });
    await gateway.subscribed('a', 4, options);
    await gateway.cut();
    await gateway.accept();
    gateway.begin('a', 3, { ...start, epoch: 'new' });
    part(gateway, 3, true, 3);
    await gateway.settle();
    expect(losses).toEqual([{ afterSeqNo: 4, epochChanged: true }]);
    expect(messages).toMatchObject([{ epoch: 'new', seqNo: 3, fromSnapshot: true, gap: { epochChanged: true } }]);
  });

  it('that was not complete when the link was lost is asked for again', async () => {
    const { gateway, messages } = await resumed({ onGap: 'snapshot' });
    part(gateway, 9, false, 8);
    await gateway.settle();
    await gateway.cut();
    expect(gateway.sent('setup')[0]?.resume?.subscriptions).toMatchObject([{ from: { seqNo: 5, messageId: 'm5' } }]);
    expect(seqNos(messages)).toEqual([5]);
  });

  it('that misses a part begins again', async () => {
    const { gateway, messages } = await resumed({ onGap: 'snapshot' });
    part(gateway, 9, false, 8);
    gateway.message('a', 9, 10);
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'unsubscribe' });
    gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
    await gateway.clock.advance(1_000);
    expect(gateway.request).toMatchObject({ type: 'subscribe', from: { seqNo: 5 }, onGap: 'snapshot' });
    expect(seqNos(messages)).toEqual([5]);
  });

  it('of more than snapshotEntriesMax ends the subscription with SNAPSHOT_TOO_LARGE', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, ends, options } = taken({ from: 'snapshot', snapshotEntriesMax: 3 });
    await gateway.subscribed('a', 9, options, start);
    part(gateway, 9, false, 1, 2);
    part(gateway, 9, true, 3, 4);
    gateway.message('a', 9, 10);
    await gateway.settle();
    expect(ends).toMatchObject([{ code: 'SNAPSHOT_TOO_LARGE' }]);
    expect(messages).toEqual([]);
    expect(gateway.request).toMatchObject({ type: 'unsubscribe' });
  });

  it('may have more entries than messages may wait', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 9, { from: 'snapshot', queueMessagesMax: 1 }, start);
    part(gateway, 9, true, 1, 2, 3);
    gateway.message('a', 9, 10);
    await gateway.settle();
    const iterator = subscription[Symbol.asyncIterator]();
    for (const seqNo of [1, 2, 3, 10]) expect((await settled(gateway, iterator.next())).value?.seqNo).toBe(seqNo);
    gateway.message('a', 10, 11);
    gateway.message('a', 11, 12);
    await gateway.settle();
    expect((await settled(gateway, iterator.next())).value?.seqNo).toBe(11);
    await expect(settled(gateway, iterator.next())).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  });
});
