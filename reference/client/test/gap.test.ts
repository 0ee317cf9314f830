import type { GatewayFrame } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { READY, ScriptedGateway } from './support/scripted-gateway.ts';
import { seqNos, taken, withGaps } from './support/taken.ts';

/** Ends the replay that was asked for last. */
async function live(gateway: ScriptedGateway, seqNo: number): Promise<void> {
  gateway.send({ type: 'live', id: gateway.idOf('replay'), topic: 'a', seqNo });
  await gateway.settle();
}

async function refuse(gateway: ScriptedGateway, code = 'HISTORY_GONE', more: object = {}): Promise<void> {
  const id = gateway.idOf('replay');
  gateway.send({ type: 'error', id, code, message: 'No.', retry: false, topic: 'a', ...more } as GatewayFrame);
  await gateway.settle();
}

describe.each(['json', 'msgpack'] as const)('a gap in %s (§9.6)', (encoding) => {
  it('is filled with one replay, and what came meanwhile follows (I3, I4)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { messages, losses, options } = taken();
    await gateway.subscribed('a', 10, options);
    gateway.message('a', 12, 13);
    gateway.message('a', 13, 14);
    await gateway.settle();
    expect(messages).toEqual([]);
    expect(gateway.sent('replay')).toEqual([
      { type: 'replay', id: expect.any(Number), topic: 'a', fromSeqNo: 10, toSeqNo: 12 },
    ]);
    gateway.message('a', 10, 11);
    gateway.message('a', 14, 15);
    gateway.message('a', 11, 12);
    await live(gateway, 12);
    expect(seqNos(messages)).toEqual([11, 12, 13, 14, 15]);
    expect(losses).toEqual([]);
    expect(gateway.client.stats()).toMatchObject({ replays: 1, gaps: 0, duplicates: 0 });
    expect(gateway.clock.timerCount).toBe(1);
  });

  it('is told when the history is gone, before the next message (D5)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { messages, losses, options } = taken();
    await gateway.subscribed('a', 10, options);
    gateway.message('a', 12, 13);
    gateway.message('a', 13, 14);
    await gateway.settle();
    await refuse(gateway);
    const gap = { afterSeqNo: 10, beforeSeqNo: 13, epochChanged: false };
    expect(withGaps(messages)).toEqual([
      [13, gap],
      [14, undefined],
    ]);
    expect(losses).toEqual([gap]);
  });
});

describe('filling', () => {
  it('goes on from where a replay came to, as long as it comes further', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken();
    await gateway.subscribed('a', 10, options);
    gateway.message('a', 14, 15);
    await gateway.settle();
    gateway.message('a', 10, 11);
    gateway.message('a', 12, 13);
    await live(gateway, 14);
    expect(seqNos(messages)).toEqual([11]);
    expect(gateway.request).toMatchObject({ type: 'replay', fromSeqNo: 11, toSeqNo: 12 });
    gateway.message('a', 11, 12);
    await live(gateway, 12);
    expect(seqNos(messages)).toEqual([11, 12, 13]);
    expect(gateway.request).toMatchObject({ type: 'replay', fromSeqNo: 13, toSeqNo: 14 });
    await live(gateway, 13);
    expect(withGaps(messages).at(-1)).toEqual([15, { afterSeqNo: 13, beforeSeqNo: 15, epochChanged: false }]);
  });

  it('has one replay in flight, and asks for the next hole after it', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken();
    await gateway.subscribed('a', 10, options);
    gateway.message('a', 11, 12);
    gateway.message('a', 13, 14);
    await gateway.settle();
    expect(gateway.sent('replay')).toHaveLength(1);
    gateway.message('a', 10, 11);
    await live(gateway, 11);
    expect(seqNos(messages)).toEqual([11, 12]);
    expect(gateway.request).toMatchObject({ type: 'replay', fromSeqNo: 12, toSeqNo: 13 });
    await refuse(gateway);
    expect(withGaps(messages).at(-1)).toEqual([14, { afterSeqNo: 12, beforeSeqNo: 14, epochChanged: false }]);
  });

  it('drops what comes twice meanwhile', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken();
    const subscription = await gateway.subscribed('a', 10, options);
    for (const [prevSeqNo, seqNo] of [
      [12, 13],
      [12, 13],
      [9, 10],
      [10, 11],
      [10, 11],
      [11, 12],
      [12, 13],
    ] as const) {
      gateway.message('a', prevSeqNo, seqNo);
    }
    await gateway.settle();
    await live(gateway, 12);
    expect(seqNos(messages)).toEqual([11, 12, 13]);
    expect(subscription.duplicates).toBe(4);
  });

  it('is given up at holdMessagesMax: every hole is told, and everything that was held is given', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, options } = taken({ holdMessagesMax: 3 });
    await gateway.subscribed('a', 0, options);
    for (const [prevSeqNo, seqNo] of [
      [2, 3],
      [3, 4],
      [6, 7],
      [7, 8],
    ] as const) {
      gateway.message('a', prevSeqNo, seqNo);
    }
    await gateway.settle();
    expect(withGaps(messages)).toEqual([
      [3, { afterSeqNo: 0, beforeSeqNo: 3, epochChanged: false }],
      [4, undefined],
      [7, { afterSeqNo: 4, beforeSeqNo: 7, epochChanged: false }],
      [8, undefined],
    ]);
    expect(losses).toHaveLength(2);
    gateway.message('a', 0, 1);
    gateway.message('a', 8, 9);
    await live(gateway, 2);
    expect(seqNos(messages)).toEqual([3, 4, 7, 8, 9]);
  });

  it('is given up when a replay brings nothing for ten seconds, but not while it brings something', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken();
    await gateway.subscribed('a', 0, options);
    gateway.message('a', 4, 5);
    await gateway.clock.advance(9_999);
    gateway.message('a', 0, 1);
    await gateway.clock.advance(9_999);
    expect(seqNos(messages)).toEqual([1]);
    await gateway.clock.advance(10_001);
    expect(withGaps(messages)).toEqual([
      [1, undefined],
      [5, { afterSeqNo: 1, beforeSeqNo: 5, epochChanged: false }],
    ]);
  });

  it('is begun anew after a lost link, from the last message that was given (I6)', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, options } = taken();
    await gateway.subscribed('a', 10, options);
    gateway.message('a', 12, 13);
    await gateway.settle();
    await gateway.cut();
    expect(gateway.request).toMatchObject({
      resume: { subscriptions: [{ topic: 'a', from: { epoch: 'e', seqNo: 10, messageId: 'm10' } }] },
    });
    await gateway.accept();
    gateway.begin('a', 10, { recovered: 'full', headSeqNo: 13 });
    for (const seqNo of [11, 12, 13]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    expect(seqNos(messages)).toEqual([11, 12, 13]);
    expect(losses).toEqual([]);
  });

  it('waits for its turn beyond sixteen replays at once, and asks again when there are too many (§4.6)', async () => {
    const gateway = new ScriptedGateway();
    void gateway.client.open();
    await gateway.accept({ limits: { ...READY.limits, topicsPerConnectionMax: 20 } });
    const topics = Array.from({ length: 18 }, (_, at) => `t${at}`);
    for (const topic of topics) await gateway.subscribed(topic, 0);
    for (const topic of topics) gateway.message(topic, 1, 2);
    await gateway.settle();
    expect(gateway.sent('replay').map(({ topic }) => topic)).toEqual(topics.slice(0, 16));
    gateway.send({ type: 'live', id: gateway.idOf('replay', 0), topic: 't0', seqNo: 0 });
    await gateway.settle();
    expect(gateway.sent('replay').map(({ topic }) => topic)).toEqual(topics.slice(0, 17));
    const refusal = { type: 'error', code: 'TOO_MANY_REPLAYS', message: 'Wait.', retry: true } as const;
    gateway.send({ ...refusal, id: gateway.idOf('replay') });
    await gateway.clock.advance(300);
    expect(gateway.sent('replay').at(-1)).toMatchObject({ topic: 't16', fromSeqNo: 0, toSeqNo: 1 });
  });

  it('is given up when it is refused for now again and again', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken();
    await gateway.subscribed('a', 0, options);
    gateway.message('a', 1, 2);
    await gateway.settle();
    for (let refusals = 0; refusals < 6; refusals++) {
      expect(messages).toEqual([]);
      await refuse(gateway, 'OVERLOADED', { retry: true });
      await gateway.clock.advance(5_000);
    }
    expect(withGaps(messages)).toEqual([[2, { afterSeqNo: 0, beforeSeqNo: 2, epochChanged: false }]]);
  });
});

describe('the end of the topic (§5.7)', () => {
  const head = (seqNo: number, epoch = 'e') => ({ type: 'head', topic: 'a', epoch, seqNo }) as const;

  it('that is missing is fetched when head tells of it', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken();
    await gateway.subscribed('a', 5, options);
    gateway.send(head(7));
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'replay', fromSeqNo: 5, toSeqNo: 7 });
    gateway.message('a', 5, 6);
    gateway.message('a', 6, 7);
    await live(gateway, 7);
    gateway.send(head(7));
    await gateway.settle();
    expect(seqNos(messages)).toEqual([6, 7]);
    expect(gateway.sent('replay')).toHaveLength(1);
  });

  it('that is gone is told, and the next message is marked', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, options } = taken();
    const subscription = await gateway.subscribed('a', 5, options);
    gateway.send(head(7));
    await gateway.settle();
    await refuse(gateway);
    const gap = { afterSeqNo: 5, beforeSeqNo: 8, epochChanged: false };
    expect(losses).toEqual([gap]);
    expect(subscription.position).toEqual({ epoch: 'e', seqNo: 5, messageId: 'm5' });
    gateway.message('a', 7, 8);
    await gateway.settle();
    expect(withGaps(messages)).toEqual([[8, gap]]);
    expect(losses).toHaveLength(1);
  });

  it('that was thought to be gone and comes after all is not marked', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, options } = taken();
    await gateway.subscribed('a', 5, options);
    gateway.send(head(7));
    await gateway.settle();
    await refuse(gateway);
    expect(losses).toHaveLength(1);
    await gateway.cut();
    await gateway.accept();
    gateway.begin('a', 5, { recovered: 'full', headSeqNo: 7 });
    gateway.message('a', 5, 6);
    gateway.message('a', 6, 7);
    await gateway.settle();
    expect(withGaps(messages)).toEqual([
      [6, undefined],
      [7, undefined],
    ]);
  });

  it('that is missing after what was asked for from the past is fetched as well (§5.9)', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 5, { from: { last: 3 } }, { headSeqNo: 8 });
    gateway.message('a', 5, 6);
    gateway.send({ type: 'live', topic: 'a', seqNo: 8 });
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'replay', fromSeqNo: 6, toSeqNo: 8 });
  });

  it('of another epoch begins the subscription again', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 5);
    gateway.send(head(7, 'other'));
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'unsubscribe', topic: 'a' });
    gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'subscribe', from: { epoch: 'e', seqNo: 5, messageId: 'm5' } });
  });
});
