import { describe, expect, it } from 'vitest';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { isWaiting, settled } from './support/settled.ts';
import { seqNos, taken, withGaps } from './support/taken.ts';

describe.each(['json', 'msgpack'] as const)('a subscription in %s', (encoding) => {
  it('gives messages to a callback, in order, with all that they carry (I3, I4, §5.5)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { messages, options } = taken();
    const subscription = await gateway.subscribed('a', 2, options);
    expect(subscription.topic).toBe('a');
    expect(subscription.position).toEqual({ epoch: 'e', seqNo: 2, messageId: 'm2' });
    const signature = { alg: 'HS256', keyId: 'k', value: 'v' };
    gateway.message('a', 2, 3, { key: 'k', ref: 'm1', by: 'ann', ttlMs: 500, signature });
    gateway.message('a', 3, 5, { data: null });
    await gateway.settle();
    expect(messages).toEqual([
      {
        topic: 'a',
        epoch: 'e',
        seqNo: 3,
        messageId: 'm3',
        time: 3,
        data: { n: 3 },
        key: 'k',
        ref: 'm1',
        by: 'ann',
        ttlMs: 500,
        expiresAt: 503,
        signature,
      },
      { topic: 'a', epoch: 'e', seqNo: 5, messageId: 'm5', time: 5, data: null },
    ]);
    expect(subscription.position).toEqual({ epoch: 'e', seqNo: 5, messageId: 'm5' });
  });

  it('gives messages to for await; leaving the loop unsubscribes', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const subscription = await gateway.subscribed('a', 0);
    const got: number[] = [];
    const loop = (async () => {
      for await (const message of subscription) {
        got.push(message.seqNo);
        if (got.length === 3) break;
      }
    })();
    for (let seqNo = 1; seqNo <= 5; seqNo++) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'unsubscribe', topic: 'a' });
    gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
    await settled(gateway, loop);
    expect(got).toEqual([1, 2, 3]);
  });

  it('drops a message that came twice and counts it (I2)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { messages, losses, options } = taken();
    const subscription = await gateway.subscribed('a', 5, options);
    for (const [prevSeqNo, seqNo] of [
      [4, 5],
      [5, 6],
      [5, 6],
      [6, 7],
      [3, 4],
    ] as const) {
      gateway.message('a', prevSeqNo, seqNo);
    }
    await gateway.settle();
    expect(seqNos(messages)).toEqual([6, 7]);
    expect(subscription.duplicates).toBe(3);
    expect(gateway.client.stats().duplicates).toBe(3);
    expect(losses).toEqual([]);
  });

  it('marks the message before which the chain contradicts what was given (D5, §5.5)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { messages, losses, options } = taken();
    await gateway.subscribed('a', 8, options);
    gateway.message('a', 5, 12);
    gateway.message('a', 12, 13);
    await gateway.settle();
    const gap = { afterSeqNo: 8, beforeSeqNo: 12, epochChanged: false };
    expect(withGaps(messages)).toEqual([
      [12, gap],
      [13, undefined],
    ]);
    expect(losses).toEqual([gap]);
    expect(gateway.client.stats().gaps).toBe(1);
  });

  it('shows the health of its topic, and tells it (§5.8, I5)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { health, options } = taken();
    const subscription = await gateway.subscribed('a', 0, options);
    expect(subscription.health).toBeUndefined();
    gateway.send({ type: 'health', ...gateway.place('a'), state: 'late', lagMs: 412.5 });
    await gateway.settle();
    expect(subscription.health).toEqual({ state: 'late', lagMs: 412.5 });
    gateway.send({ type: 'health', ...gateway.place('a'), state: 'stale', lagMs: 2_000 });
    await gateway.settle();
    expect(subscription.health).toEqual({ state: 'stale', lagMs: 2_000 });
    gateway.send({ type: 'health', ...gateway.place('a'), state: 'ok', lagMs: 3 });
    await gateway.settle();
    expect(health).toEqual([
      { state: 'late', lagMs: 412.5 },
      { state: 'stale', lagMs: 2_000 },
      { state: 'ok', lagMs: 3 },
    ]);
  });

  it('forgets that its topic was late when it begins anew: the next gateway says so if it is (§5.8, I5)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { health, options } = taken();
    const subscription = await gateway.subscribed('a', 0, options);
    gateway.send({ type: 'health', ...gateway.place('a'), state: 'late', lagMs: 412.5 });
    await gateway.cut();
    await gateway.accept();
    gateway.begin('a', 0, { recovered: 'full' });
    await gateway.settle();
    expect(subscription.health).toEqual({ state: 'ok', lagMs: 0 });
    gateway.send({ type: 'health', ...gateway.place('a'), state: 'late', lagMs: 300 });
    await gateway.settle();
    expect(health.map(({ state }) => state)).toEqual(['late', 'ok', 'late']);
  });

  it.each(['latest', 'keyed', 'volatile'] as const)(
    'in the mode %s marks messages before which others were left out, and fills nothing (§4.2)',
    async (mode) => {
      const gateway = await ScriptedGateway.ready({ encoding });
      const { messages, losses, options } = taken({ mode });
      await gateway.subscribed('a', 1, options);
      expect(gateway.sent('subscribe')).toMatchObject([{ mode }]);
      gateway.message('a', 1, 2);
      gateway.message('a', 5, 6);
      gateway.message('a', 5, 6);
      gateway.send({ type: 'head', ...gateway.place('a'), epoch: 'e', seqNo: 9 });
      await gateway.settle();
      expect(messages.map(({ seqNo, conflated }) => [seqNo, conflated])).toEqual([
        [2, undefined],
        [6, true],
      ]);
      expect(losses).toEqual([]);
      expect(gateway.sent('replay')).toEqual([]);
    },
  );
});

describe('subscribe (§4.2)', () => {
  it('asks for nothing that was not given, and for all that was', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 0);
    const from = { epoch: 'e', seqNo: 3, messageId: 'm3' };
    const asked = { from, onGap: 'snapshot', confirmWindow: 5, checksum: true } as const;
    await gateway.subscribed('b', 3, asked, { recovered: 'full', checksum: 1 });
    await gateway.subscribed('c', 0, { mode: 'keyed', maxRateHz: 7, from: 'snapshot' }, { maxRateHz: 5 });
    await gateway.subscribed('d', 0, { from: { last: 3 }, mode: 'stream' });
    const { type, id } = { type: 'subscribe', id: expect.any(Number) };
    expect(gateway.sent('subscribe')).toEqual([
      { type, id, topic: 'a' },
      { type, id, topic: 'b', ...asked },
      { type, id, topic: 'c', mode: 'keyed', maxRateHz: 7, from: 'snapshot' },
      { type, id, topic: 'd', from: { last: 3 } },
    ]);
  });

  it('from a position sends nothing but the position, and in latest and keyed asks for the state after a gap', async () => {
    const gateway = await ScriptedGateway.ready();
    const from = { epoch: 'e', seqNo: 3, messageId: undefined, topic: 'a' };
    for (const mode of ['latest', 'keyed'] as const) {
      await gateway.subscribed(mode, 3, { from, mode }, { recovered: 'full' });
      expect(gateway.request).toMatchObject({ from: { epoch: 'e', seqNo: 3 }, onGap: 'snapshot' });
      expect(Object.keys(gateway.sent('subscribe').at(-1)?.from ?? {})).toEqual(['epoch', 'seqNo']);
    }
  });

  it('shows the rate that the gateway chose, and modify changes it (§4.10)', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 0, { mode: 'latest', maxRateHz: 7 }, { maxRateHz: 5 });
    expect(subscription.maxRateHz).toBe(5);
    const modifying = subscription.modify(3);
    await gateway.settle();
    expect(gateway.request).toEqual({ type: 'modify', id: gateway.request.id, topic: 'a', maxRateHz: 3 });
    gateway.send({ type: 'modified', id: gateway.request.id, topic: 'a', maxRateHz: 2 });
    expect(await settled(gateway, modifying)).toBe(2);
    expect(subscription.maxRateHz).toBe(2);
    const unbounded = subscription.modify();
    await gateway.settle();
    gateway.send({ type: 'modified', id: gateway.request.id, topic: 'a' });
    expect(await settled(gateway, unbounded)).toBeUndefined();
    expect(subscription.maxRateHz).toBeUndefined();
    const refused = subscription.modify(1);
    await gateway.settle();
    gateway.send({ type: 'error', id: gateway.request.id, code: 'INVALID_FIELD', message: 'No.', retry: false });
    await expect(settled(gateway, refused)).rejects.toMatchObject({ code: 'INVALID_FIELD' });
  });

  it('twice to one topic rejects with ALREADY_SUBSCRIBED, also while the first one opens', async () => {
    const gateway = await ScriptedGateway.ready();
    const first = gateway.client.subscribe('a');
    await expect(gateway.client.subscribe('a')).rejects.toMatchObject({ code: 'ALREADY_SUBSCRIBED', topic: 'a' });
    await gateway.settle();
    gateway.begin('a', 0, { id: gateway.request.id });
    await settled(gateway, first);
    await expect(gateway.client.subscribe('a')).rejects.toMatchObject({ code: 'ALREADY_SUBSCRIBED' });
  });

  it('that is refused rejects, and can be tried again', async () => {
    const gateway = await ScriptedGateway.ready();
    for (const [code, retry] of [
      ['ACL_DENIED', false],
      ['OVERLOADED', true],
      ['POSITION_GONE', false],
      ['NO_SUCH_TOPIC', false],
    ] as const) {
      const subscribing = gateway.client.subscribe('a');
      await gateway.settle();
      gateway.send({ type: 'error', id: gateway.request.id, code, message: 'No.', retry, topic: 'a' });
      await expect(settled(gateway, subscribing)).rejects.toMatchObject({ code, retry, topic: 'a' });
    }
    expect((await gateway.subscribed('a', 0)).topic).toBe('a');
  });

  it('is refused without asking for what can never be served, so that it cannot spoil a later setup', async () => {
    const gateway = await ScriptedGateway.ready();
    const { client } = gateway;
    const sent = gateway.received.length;
    await expect(client.subscribe('a..b')).rejects.toMatchObject({ code: 'INVALID_FIELD' });
    await expect(client.subscribe('a', { mode: 'latest', checksum: true })).rejects.toMatchObject({
      code: 'INVALID_FIELD',
    });
    await expect(client.subscribe('a', { queueMessagesMax: 0 })).rejects.toThrow(RangeError);
    for (let at = 0; at < 10; at++) void client.subscribe(`t${at}`).catch(() => {});
    await expect(client.subscribe('one-too-many')).rejects.toMatchObject({ code: 'TOPIC_LIMIT' });
    await gateway.settle();
    expect(gateway.received).toHaveLength(sent + 10);
    await settled(gateway, client.close());
  });

  it('gives the subscription also when messages come with its answer', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscribing = gateway.client.subscribe('a');
    await isWaiting(gateway, subscribing);
    gateway.begin('a', 0, { id: gateway.request.id });
    gateway.message('a', 0, 1);
    const subscription = await settled(gateway, subscribing);
    const next = await settled(gateway, subscription[Symbol.asyncIterator]().next());
    expect(next.value?.seqNo).toBe(1);
  });

  it.each(['the end of the connection', 'lagged'])(
    'gives a subscription that has ended when %s comes with its answer',
    async (what) => {
      const gateway = await ScriptedGateway.ready({ reconnect: false });
      const subscribing = gateway.client.subscribe('a');
      await isWaiting(gateway, subscribing);
      gateway.begin('a', 0, { id: gateway.request.id });
      if (what === 'lagged') {
        gateway.send({ type: 'lagged', topic: 'a', fromSeqNo: 0, toSeqNo: 9, why: 'Slow.' });
        gateway.send({ type: 'unsubscribed', topic: 'a', reason: 'lagged' });
      } else {
        gateway.close(1006);
      }
      const subscription = await settled(gateway, subscribing);
      await expect(settled(gateway, subscription[Symbol.asyncIterator]().next())).rejects.toMatchObject({
        code: what === 'lagged' ? 'LAGGED' : 'CONNECTION_CLOSED',
      });
    },
  );
});

describe('the end of a subscription', () => {
  it('close unsubscribes; what waits can still be taken, then the loop ends', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 0);
    for (const seqNo of [1, 2]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    const closing = Promise.all([subscription.close(), subscription.close()]);
    await gateway.settle();
    expect(gateway.sent('unsubscribe')).toHaveLength(1);
    gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
    gateway.message('a', 2, 3);
    await settled(gateway, closing);
    const got: number[] = [];
    const loop = (async () => {
      for await (const { seqNo } of subscription) got.push(seqNo);
    })();
    await settled(gateway, loop);
    expect(got).toEqual([1, 2]);
    await settled(gateway, subscription.close());
  });

  it('can be followed by a new subscription to the topic, under its new alias', async () => {
    const gateway = await ScriptedGateway.ready({ encoding: 'msgpack' });
    for (let round = 1; round <= 3; round++) {
      const { messages, options } = taken();
      const subscription = await gateway.subscribed('a', round - 1, options);
      gateway.message('a', round - 1, round);
      await gateway.settle();
      expect(seqNos(messages)).toEqual([round]);
      const closing = subscription.close();
      await gateway.settle();
      gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
      await settled(gateway, closing);
    }
  });

  it('is reached although the gateway refuses to unsubscribe for now', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 0);
    const closing = subscription.close();
    await gateway.settle();
    const refusal = { type: 'error', code: 'RATE_LIMITED', message: 'Wait.', retry: true, afterMs: 500 } as const;
    gateway.send({ ...refusal, id: gateway.request.id });
    expect(await isWaiting(gateway, closing)).toBe(true);
    await gateway.clock.advance(1_000);
    expect(gateway.sent('unsubscribe')).toHaveLength(2);
    gateway.send({ type: 'error', id: gateway.request.id, code: 'NOT_SUBSCRIBED', message: 'Over.', retry: false });
    await settled(gateway, closing);
  });

  it('several that wait for messages are served in turn, and all are told the end', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 0);
    const iterator = subscription[Symbol.asyncIterator]();
    const waiting = [iterator.next(), iterator.next(), iterator.next()];
    gateway.message('a', 0, 1);
    gateway.message('a', 1, 2);
    await gateway.settle();
    gateway.send({ type: 'unsubscribed', topic: 'a', reason: 'asked' });
    await gateway.settle();
    const results = await Promise.all(waiting);
    expect(results.map(({ done, value }) => [done, value?.seqNo])).toEqual([
      [false, 1],
      [false, 2],
      [true, undefined],
    ]);
  });

  it('comes with ACL_DENIED when the client may no longer read the topic (§5.3, I1)', async () => {
    const gateway = await ScriptedGateway.ready();
    const { ends, options } = taken();
    await gateway.subscribed('a', 0, options);
    gateway.send({ type: 'unsubscribed', topic: 'a', reason: 'denied' });
    await gateway.settle();
    expect(ends).toMatchObject([{ code: 'ACL_DENIED', topic: 'a' }]);
    expect(gateway.sent('subscribe')).toHaveLength(1);
  });
});

describe('a program that does not keep up', () => {
  it('is told QueueFullError once, after what waits, and is unsubscribed', async () => {
    const gateway = await ScriptedGateway.ready();
    const { ends, options } = taken();
    const { onMessage: _callback, ...queued } = options;
    const subscription = await gateway.subscribed('a', 0, { ...queued, queueMessagesMax: 3 });
    for (let seqNo = 1; seqNo <= 6; seqNo++) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    expect(gateway.request.type).toBe('unsubscribe');
    expect(ends).toMatchObject([{ code: 'QUEUE_FULL', afterSeqNo: 3 }]);
    expect(subscription.position.seqNo).toBe(3);
    const iterator = subscription[Symbol.asyncIterator]();
    for (const seqNo of [1, 2, 3]) expect((await iterator.next()).value?.seqNo).toBe(seqNo);
    await expect(iterator.next()).rejects.toMatchObject({ name: 'QueueFullError', code: 'QUEUE_FULL' });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('a callback has no queue to fill', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken({ queueMessagesMax: 1 });
    await gateway.subscribed('a', 0, options);
    for (let seqNo = 1; seqNo <= 20; seqNo++) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    expect(messages).toHaveLength(20);
  });

  it.each(['latest', 'volatile'] as const)(
    'in the mode %s misses the oldest ones, and the next says so',
    async (mode) => {
      const gateway = await ScriptedGateway.ready();
      const subscription = await gateway.subscribed('a', 0, { mode, queueMessagesMax: 2 });
      for (let seqNo = 1; seqNo <= 5; seqNo++) gateway.message('a', seqNo - 1, seqNo);
      await gateway.settle();
      const iterator = subscription[Symbol.asyncIterator]();
      const got = [await iterator.next(), await iterator.next()];
      expect(got.map(({ value }) => [value?.seqNo, value?.conflated])).toEqual([
        [4, true],
        [5, undefined],
      ]);
    },
  );
});

describe('lagged (§5.10)', () => {
  const lagged = { type: 'lagged', topic: 'a', fromSeqNo: 3, toSeqNo: 9, why: 'slow' } as const;
  const unsubscribed = { type: 'unsubscribed', topic: 'a', reason: 'lagged' } as const;

  it.each([
    ['onLagged: end', {}, { onLagged: 'end' }],
    ['reconnect: false', { reconnect: false }, {}],
  ] as const)('ends the subscription with what is missing, with %s (D5)', async (_title, client, subscription) => {
    const gateway = await ScriptedGateway.ready(client);
    const { ends, options } = taken(subscription);
    await gateway.subscribed('a', 3, options);
    gateway.send(lagged);
    gateway.send(unsubscribed);
    await gateway.settle();
    expect(ends).toMatchObject([{ code: 'LAGGED', fromSeqNo: 3, toSeqNo: 9 }]);
    expect(gateway.sent('subscribe')).toHaveLength(1);
  });

  it('otherwise subscribes again from the last message, and tells what the gateway says of it', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, ends, options } = taken();
    const subscription = await gateway.subscribed('a', 2, options);
    gateway.message('a', 2, 3);
    gateway.send(lagged);
    gateway.send(unsubscribed);
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'subscribe', from: { epoch: 'e', seqNo: 3, messageId: 'm3' } });
    gateway.begin('a', 9, { id: gateway.request.id, recovered: 'gap' });
    gateway.message('a', 9, 10);
    await gateway.settle();
    const gap = { afterSeqNo: 3, beforeSeqNo: 10, epochChanged: false };
    expect(withGaps(messages)).toEqual([
      [3, undefined],
      [10, gap],
    ]);
    expect([losses, ends, subscription.recovered]).toEqual([[gap], [], 'gap']);
  });

  it('again and again is answered with pauses that grow, until it stays', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 3);
    const again = async () => {
      const asked = gateway.sent('subscribe').length;
      const since = gateway.clock.now();
      gateway.send(unsubscribed);
      await gateway.settle();
      while (gateway.sent('subscribe').length === asked) await gateway.clock.advance(10);
      gateway.begin('a', 3, { id: gateway.request.id, recovered: 'full' });
      await gateway.settle();
      return gateway.clock.now() - since;
    };
    const pauses = [await again(), await again(), await again(), await again(), await again()];
    expect(pauses[0]).toBe(0);
    expect(Math.max(...pauses)).toBeGreaterThan(0);
    await gateway.clock.advance(10_000);
    expect(await again()).toBe(0);
  });
});
