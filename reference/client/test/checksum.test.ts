import { messageChecksum } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { settled } from './support/settled.ts';
import { seqNos, taken, withGaps } from './support/taken.ts';

/** What the message at this seqNo adds, as it was published. */
const adds = (seqNo: number, prevSeqNo = seqNo - 1) =>
  messageChecksum({ seqNo, prevSeqNo, messageId: `m${seqNo}`, data: { n: seqNo } });

const sum = (...all: number[]) => all.reduce((total, seqNo) => (total + adds(seqNo)) >>> 0, 0);

/** The start of a checksum is arbitrary. */
const START = 4_000_000_000;

function head(gateway: ScriptedGateway, seqNo: number, checksum: number): void {
  gateway.send({ type: 'head', topic: 'a', epoch: 'e', seqNo, checksum: checksum >>> 0 });
}

async function subscribed(begin = {}, more = {}, seqNo = 10) {
  const gateway = await ScriptedGateway.ready();
  const got = taken({ checksum: true, ...more });
  const subscription = await gateway.subscribed('a', seqNo, got.options, { checksum: START, ...begin });
  return { gateway, subscription, ...got };
}

const altered = { data: { n: -1 } };

/** Ends the subscription that the client gives up, and lets it ask again. */
async function renewed(gateway: ScriptedGateway): Promise<void> {
  await gateway.settle();
  expect(gateway.request).toMatchObject({ type: 'unsubscribe', topic: 'a' });
  gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
  await gateway.clock.advance(1_000);
  expect(gateway.request).toMatchObject({ type: 'subscribe', topic: 'a', checksum: true });
}

describe('a checksum (§5.7, I7)', () => {
  it('that is right from beacon to beacon says nothing', async () => {
    const { gateway, messages, integrity } = await subscribed();
    for (const seqNo of [11, 12]) gateway.message('a', seqNo - 1, seqNo);
    head(gateway, 12, START + sum(11, 12));
    head(gateway, 12, START + sum(11, 12));
    gateway.message('a', 12, 13);
    head(gateway, 13, START + sum(11, 12, 13));
    await gateway.settle();
    expect(seqNos(messages)).toEqual([11, 12, 13]);
    expect(integrity).toEqual([]);
    expect(gateway.client.stats().checksumFailures).toBe(0);
  });

  it('that is wrong at head is counted and told, and the subscription begins again from what was verified', async () => {
    const { gateway, messages, losses, integrity } = await subscribed();
    gateway.message('a', 10, 11);
    head(gateway, 11, START + sum(11));
    gateway.message('a', 11, 12, altered);
    gateway.message('a', 12, 13);
    head(gateway, 13, START + sum(11, 12, 13));
    await gateway.settle();
    expect(integrity).toMatchObject([{ code: 'CHECKSUM_MISMATCH', topic: 'a', afterSeqNo: 11, toSeqNo: 13 }]);
    expect(gateway.client.stats().checksumFailures).toBe(1);
    await renewed(gateway);
    expect(gateway.request).toMatchObject({ from: { epoch: 'e', seqNo: 11, messageId: 'm11' } });
    gateway.begin('a', 11, { id: gateway.request.id, recovered: 'full', headSeqNo: 14, checksum: START });
    for (const seqNo of [12, 13, 14]) gateway.message('a', seqNo - 1, seqNo);
    gateway.send({ type: 'live', topic: 'a', seqNo: 14, checksum: sum(12, 13, 14) });
    head(gateway, 14, START);
    await gateway.settle();
    expect(seqNos(messages)).toEqual([11, 12, 13, 14]);
    expect(losses).toEqual([]);
    expect(integrity).toHaveLength(1);
    gateway.message('a', 14, 15, altered);
    head(gateway, 15, START + sum(15));
    await renewed(gateway);
    expect(gateway.request).toMatchObject({ from: { seqNo: 14, messageId: 'm14' } });
  });

  it('that is wrong at live is found as well', async () => {
    const { gateway, integrity } = await subscribed({ headSeqNo: 12 }, { from: { last: 2 } });
    gateway.message('a', 10, 11, altered);
    gateway.message('a', 11, 12);
    gateway.send({ type: 'live', topic: 'a', seqNo: 12, checksum: sum(11, 12) });
    await gateway.settle();
    expect(integrity).toMatchObject([{ afterSeqNo: 10, toSeqNo: 12 }]);
  });

  it('that is right at live counts from there', async () => {
    const { gateway, integrity } = await subscribed({ headSeqNo: 12, checksum: START }, { from: { last: 2 } });
    for (const seqNo of [11, 12]) gateway.message('a', seqNo - 1, seqNo);
    gateway.send({ type: 'live', topic: 'a', seqNo: 12, checksum: sum(11, 12) });
    gateway.message('a', 12, 13);
    head(gateway, 13, START + sum(13));
    await gateway.settle();
    expect(integrity).toEqual([]);
    gateway.message('a', 13, 14, altered);
    head(gateway, 14, START + sum(13, 14));
    await gateway.settle();
    expect(integrity).toMatchObject([{ afterSeqNo: 13, toSeqNo: 14 }]);
  });

  it('that is wrong after a replay is found as well', async () => {
    const { gateway, integrity } = await subscribed();
    gateway.message('a', 12, 13);
    await gateway.settle();
    gateway.message('a', 10, 11, altered);
    gateway.message('a', 11, 12);
    gateway.send({ type: 'live', id: gateway.idOf('replay'), topic: 'a', seqNo: 12, checksum: sum(11, 12) });
    await gateway.settle();
    expect(integrity).toMatchObject([{ afterSeqNo: 10 }]);
  });

  it('waits for the place that it names while messages before it are fetched', async () => {
    const { gateway, messages, integrity } = await subscribed();
    gateway.message('a', 10, 11);
    head(gateway, 13, START + sum(11, 12, 13));
    await gateway.settle();
    for (const seqNo of [12, 13]) gateway.message('a', seqNo - 1, seqNo);
    gateway.send({ type: 'live', id: gateway.idOf('replay'), topic: 'a', seqNo: 13, checksum: sum(12, 13) });
    gateway.message('a', 13, 14);
    head(gateway, 14, START + sum(11, 12, 13, 14));
    await gateway.settle();
    expect(seqNos(messages)).toEqual([11, 12, 13, 14]);
    expect(integrity).toEqual([]);
  });

  it('means nothing over a hole that was told, and counts again from the next beacon', async () => {
    const { gateway, messages, integrity } = await subscribed();
    gateway.message('a', 12, 13);
    await gateway.settle();
    const gone = { type: 'error', code: 'HISTORY_GONE', message: 'Gone.', retry: false } as const;
    gateway.send({ ...gone, id: gateway.idOf('replay') });
    await gateway.settle();
    head(gateway, 13, 99);
    gateway.message('a', 13, 14);
    head(gateway, 14, 99 + adds(14));
    await gateway.settle();
    expect(withGaps(messages)).toEqual([
      [13, { afterSeqNo: 10, beforeSeqNo: 13, epochChanged: false }],
      [14, undefined],
    ]);
    expect(integrity).toEqual([]);
    gateway.message('a', 14, 15, altered);
    head(gateway, 15, 99 + adds(14) + adds(15));
    await gateway.settle();
    expect(integrity).toMatchObject([{ afterSeqNo: 14, toSeqNo: 15 }]);
  });

  it('means nothing for a past of which a part is gone', async () => {
    const { gateway, messages, integrity } = await subscribed({ headSeqNo: 14 }, { from: { last: 4 } });
    gateway.message('a', 12, 13);
    await gateway.settle();
    const gone = { type: 'error', code: 'HISTORY_GONE', message: 'Gone.', retry: false } as const;
    gateway.send({ ...gone, id: gateway.idOf('replay') });
    gateway.message('a', 13, 14);
    gateway.send({ type: 'live', topic: 'a', seqNo: 14, checksum: sum(11, 12, 13, 14) });
    await gateway.settle();
    expect(seqNos(messages)).toEqual([13, 14]);
    expect(integrity).toEqual([]);
  });

  it('that stays wrong is answered with pauses that grow', async () => {
    const { gateway, integrity } = await subscribed();
    const pauses: number[] = [];
    for (let time = 0; time < 5; time++) {
      head(gateway, 10, START + 1);
      await gateway.settle();
      gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
      const since = gateway.clock.now();
      while (gateway.request.type !== 'subscribe') await gateway.clock.advance(10);
      pauses.push(gateway.clock.now() - since);
      gateway.begin('a', 10, { id: gateway.request.id, recovered: 'full', checksum: START });
      await gateway.settle();
    }
    expect(integrity).toHaveLength(5);
    expect(Math.max(...pauses)).toBeGreaterThan(250);
  });

  it('goes to onError without a function of its own', async () => {
    const errors: Error[] = [];
    const gateway = await ScriptedGateway.ready({ onError: (error) => errors.push(error) });
    await gateway.subscribed('a', 10, { checksum: true }, { checksum: START });
    head(gateway, 10, START + 1);
    await gateway.settle();
    expect(errors).toMatchObject([{ code: 'CHECKSUM_MISMATCH' }]);
  });

  it('without reconnect ends the subscription', async () => {
    const gateway = await ScriptedGateway.ready({ reconnect: false });
    const { ends, integrity, options } = taken({ checksum: true });
    await gateway.subscribed('a', 10, options, { checksum: START });
    head(gateway, 10, START + 1);
    await gateway.settle();
    expect(integrity).toHaveLength(1);
    expect(ends).toMatchObject([{ code: 'CHECKSUM_MISMATCH' }]);
  });

  it('that was made good does not count any more', async () => {
    const { gateway } = await subscribed();
    gateway.message('a', 10, 11, altered);
    head(gateway, 11, START + sum(11));
    await renewed(gateway);
    gateway.begin('a', 10, { id: gateway.request.id, recovered: 'full', headSeqNo: 11, checksum: START });
    gateway.message('a', 10, 11);
    gateway.send({ type: 'live', topic: 'a', seqNo: 11, checksum: sum(11) });
    gateway.message('a', 11, 12);
    await gateway.settle();
    await gateway.cut();
    expect(gateway.sent('setup')[0]?.resume?.subscriptions).toMatchObject([{ from: { seqNo: 12, messageId: 'm12' } }]);
  });

  it('is begun again from what was verified also when the link is lost meanwhile', async () => {
    const { gateway, subscription } = await subscribed();
    gateway.message('a', 10, 11, altered);
    head(gateway, 11, START + sum(11));
    await gateway.settle();
    await gateway.cut();
    expect(gateway.sent('setup')[0]?.resume?.subscriptions).toMatchObject([{ from: { seqNo: 10, messageId: 'm10' } }]);
    await settled(gateway, subscription.close());
  });
});
