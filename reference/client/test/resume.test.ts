import { describe, expect, it } from 'vitest';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { isWaiting, settled } from './support/settled.ts';
import { seqNos, taken, withGaps } from './support/taken.ts';

const position = (seqNo: number, epoch = 'e') => ({ epoch, seqNo, messageId: `m${seqNo}` });
const invalid = { type: 'error', code: 'SESSION_INVALID', message: 'Gone.', retry: false } as const;

describe('a session', () => {
  it('is resumed with every subscription, its options and its last position, in one round trip (§9.5, I6)', async () => {
    const gateway = await ScriptedGateway.ready({ token: 't' });
    const a = taken();
    await gateway.subscribed('a', 40, { ...a.options, onGap: 'reject', checksum: true }, { checksum: 7 });
    await gateway.subscribed('b', 0, { mode: 'keyed', maxRateHz: 5, from: 'snapshot' });
    gateway.message('a', 40, 42);
    await gateway.settle();
    await gateway.cut();
    expect(gateway.received).toEqual([
      {
        type: 'setup',
        protocol: 1,
        token: 't',
        resume: {
          sessionId: 's1',
          resumeKey: 'k1',
          subscriptions: [
            { topic: 'a', from: position(42), onGap: 'reject', checksum: true },
            { topic: 'b', mode: 'keyed', maxRateHz: 5, from: { epoch: 'e', seqNo: 0 }, onGap: 'snapshot' },
          ],
        },
      },
    ]);
    await gateway.accept({ resumeKey: 'k2' });
    gateway.begin('b', 0, { recovered: 'full' });
    gateway.begin('a', 42, { recovered: 'full', headSeqNo: 43 });
    gateway.message('a', 42, 43);
    await gateway.settle();
    expect(gateway.received).toHaveLength(1);
    expect(seqNos(a.messages)).toEqual([42, 43]);
    expect(a.losses).toEqual([]);
    expect(gateway.client.stats()).toMatchObject({ reconnects: 1, resumed: 1, gaps: 0 });
    await gateway.cut();
    expect(gateway.received[0]).toMatchObject({
      resume: { resumeKey: 'k2', subscriptions: [{ from: position(43) }, {}] },
    });
  });

  it('that is invalid is begun anew on the same connection, each subscription from its position (§4.1)', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, options } = taken();
    await gateway.subscribed('a', 42, options);
    await gateway.subscribed('b', 7);
    await gateway.cut();
    gateway.send(invalid);
    await gateway.settle();
    expect(gateway.received.slice(1)).toEqual([{ type: 'setup', protocol: 1 }]);
    await gateway.accept({ sessionId: 's2' });
    expect(gateway.sent('subscribe')).toMatchObject([
      { topic: 'a', from: position(42) },
      { topic: 'b', from: position(7) },
    ]);
    gateway.begin('a', 50, { id: gateway.idOf('subscribe', 0), recovered: 'gap' });
    gateway.message('a', 50, 51);
    await gateway.settle();
    const gap = { afterSeqNo: 42, beforeSeqNo: 51, epochChanged: false };
    expect(withGaps(messages)).toEqual([[51, gap]]);
    expect(losses).toEqual([gap]);
    expect(gateway.client.stats()).toMatchObject({ reconnects: 1, resumed: 0, gaps: 1 });
    await gateway.cut();
    expect(gateway.received[0]).toMatchObject({ resume: { sessionId: 's2' } });
  });

  it('that another gateway does not know is begun anew as well', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 42);
    await gateway.cut();
    await gateway.accept({ sessionId: 'another' });
    expect(gateway.sent('subscribe')).toMatchObject([{ topic: 'a', from: position(42) }]);
  });

  it('that does not fit one frame is resumed with as much as fits; the rest is asked for one by one', async () => {
    const gateway = await ScriptedGateway.ready();
    const topics = Array.from({ length: 10 }, (_, at) => `topic.${'x'.repeat(80)}.${at}`);
    for (const topic of topics) await gateway.subscribed(topic, 5);
    await gateway.cut();
    const resumed = gateway.sent('setup')[0]?.resume?.subscriptions.map(({ topic }) => topic) ?? [];
    expect(resumed.length).toBeGreaterThan(0);
    expect(resumed.length).toBeLessThan(10);
    await gateway.accept();
    const asked = gateway.sent('subscribe').map(({ topic }) => topic);
    expect([...resumed, ...asked].toSorted()).toEqual(topics.toSorted());
    expect(gateway.sent('subscribe').every(({ from }) => typeof from === 'object')).toBe(true);
  });

  it('whose setup is refused for its form is begun anew', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 42);
    await gateway.cut();
    gateway.send({ type: 'error', code: 'FRAME_TOO_LARGE', message: 'Too large.', retry: false });
    await gateway.settle();
    await gateway.accept({ sessionId: 's2' });
    expect(gateway.sent('subscribe')).toMatchObject([{ topic: 'a', from: position(42) }]);
  });
});

describe('a subscription after a lost connection', () => {
  it('that was asked for meanwhile begins when there is a connection again', async () => {
    const gateway = await ScriptedGateway.ready();
    gateway.close(1006);
    await gateway.settle();
    const subscribing = gateway.client.subscribe('a', { from: { last: 5 } });
    expect(await isWaiting(gateway, subscribing)).toBe(true);
    await gateway.redialled();
    expect(gateway.sent('setup')[0]?.resume?.subscriptions).toEqual([]);
    await gateway.accept();
    expect(gateway.sent('subscribe')).toMatchObject([{ topic: 'a', from: { last: 5 } }]);
    gateway.begin('a', 0, { id: gateway.request.id });
    expect((await settled(gateway, subscribing)).topic).toBe('a');
  });

  it('whose first answer was lost is asked for again', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscribing = gateway.client.subscribe('a');
    await isWaiting(gateway, subscribing);
    await gateway.cut();
    await gateway.accept();
    expect(gateway.sent('subscribe')).toHaveLength(1);
    gateway.begin('a', 0, { id: gateway.request.id });
    expect((await settled(gateway, subscribing)).topic).toBe('a');
  });

  it('that was closed meanwhile is not asked for, and close resolves at once', async () => {
    const gateway = await ScriptedGateway.ready();
    const { ends, options } = taken();
    const subscription = await gateway.subscribed('a', 0, options);
    gateway.close(1006);
    await gateway.settle();
    await settled(gateway, subscription.close());
    await gateway.redialled();
    await gateway.accept();
    expect(gateway.received).toHaveLength(1);
    expect(gateway.sent('setup')[0]?.resume?.subscriptions).toEqual([]);
    expect(ends).toEqual([undefined]);
  });

  it('that was being closed when the link was lost is closed', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 0);
    const closing = subscription.close();
    gateway.close(1006);
    await settled(gateway, closing);
  });

  it('that is closed while the setup asks for it is ended at the gateway; a new one to the topic is its own', async () => {
    const gateway = await ScriptedGateway.ready();
    const old = taken();
    const subscription = await gateway.subscribed('a', 5, old.options);
    await gateway.cut();
    await settled(gateway, subscription.close());
    const fresh = taken({ mode: 'latest' });
    const subscribing = gateway.client.subscribe('a', fresh.options);
    await gateway.accept();
    expect(gateway.received.slice(1)).toMatchObject([
      { type: 'unsubscribe', topic: 'a' },
      { type: 'subscribe', topic: 'a', mode: 'latest' },
    ]);
    gateway.begin('a', 5, { recovered: 'full' });
    gateway.message('a', 5, 6);
    gateway.send({ type: 'unsubscribed', id: gateway.idOf('unsubscribe', 0), topic: 'a', reason: 'asked' });
    expect(await isWaiting(gateway, subscribing)).toBe(true);
    gateway.begin('a', 6, { id: gateway.idOf('subscribe', 0) });
    await settled(gateway, subscribing);
    gateway.message('a', 6, 7);
    await gateway.settle();
    expect(seqNos(old.messages)).toEqual([]);
    expect(seqNos(fresh.messages)).toEqual([7]);
  });

  it('that is closed after the setup was accepted and before its answer is ended at the gateway', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 5);
    await gateway.cut();
    await gateway.accept();
    const closing = subscription.close();
    expect(await isWaiting(gateway, closing)).toBe(true);
    gateway.begin('a', 5, { recovered: 'full' });
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'unsubscribe', topic: 'a' });
    gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
    await settled(gateway, closing);
  });

  it.each([
    ['ACL_DENIED', false],
    ['TOPIC_LIMIT', false],
    ['POSITION_GONE', false],
    ['NO_SUCH_TOPIC', false],
  ])('that is refused with %s ends with it', async (code, retry) => {
    const gateway = await ScriptedGateway.ready();
    const { ends, options } = taken({ onGap: 'reject' });
    await gateway.subscribed('a', 5, options);
    await gateway.cut();
    await gateway.accept();
    gateway.send({ type: 'error', code, message: 'No.', retry, topic: 'a' });
    await gateway.settle();
    expect(ends).toMatchObject([{ code, topic: 'a' }]);
    expect((await gateway.subscribed('a', 0)).topic).toBe('a');
  });

  it('that is refused for now is asked for again, not before the gateway said', async () => {
    const gateway = await ScriptedGateway.ready();
    const { ends, options } = taken();
    await gateway.subscribed('a', 5, options);
    await gateway.cut();
    await gateway.accept();
    gateway.send({ type: 'error', code: 'OVERLOADED', message: 'Wait.', retry: true, afterMs: 700, topic: 'a' });
    await gateway.clock.advance(699);
    expect(gateway.sent('subscribe')).toEqual([]);
    await gateway.clock.advance(1_000);
    expect(gateway.sent('subscribe')).toMatchObject([{ topic: 'a', from: position(5) }]);
    gateway.begin('a', 5, { id: gateway.request.id, recovered: 'full' });
    await gateway.settle();
    expect(ends).toEqual([]);
  });

  it('begins anew from where it was asked to when it had not begun yet', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 5, { from: 'snapshot' }, { recovered: 'snapshot' });
    await gateway.cut();
    expect(gateway.sent('setup')[0]?.resume?.subscriptions).toEqual([{ topic: 'a', from: 'snapshot' }]);
  });
});

describe('what became of the position (§5.2)', () => {
  async function resumed(options = {}) {
    const gateway = await ScriptedGateway.ready();
    const got = taken(options);
    const subscription = await gateway.subscribed('a', 42, got.options);
    await gateway.cut();
    await gateway.accept();
    return { gateway, subscription, ...got };
  }

  it('gap is told at once and with the next message (D5)', async () => {
    const { gateway, subscription, messages, losses } = await resumed();
    gateway.begin('a', 50, { recovered: 'gap' });
    await gateway.settle();
    const gap = { afterSeqNo: 42, beforeSeqNo: 51, epochChanged: false };
    expect(losses).toEqual([gap]);
    expect(subscription.position).toEqual(position(50));
    gateway.message('a', 50, 51);
    await gateway.settle();
    expect(withGaps(messages)).toEqual([[51, gap]]);
  });

  it('two gaps before a message are one gap there', async () => {
    const { gateway, messages, losses } = await resumed();
    gateway.begin('a', 50, { recovered: 'gap' });
    await gateway.settle();
    await gateway.cut();
    await gateway.accept();
    gateway.begin('a', 60, { recovered: 'gap' });
    gateway.message('a', 60, 61);
    await gateway.settle();
    expect(losses).toHaveLength(2);
    expect(withGaps(messages)).toEqual([[61, { afterSeqNo: 42, beforeSeqNo: 61, epochChanged: false }]]);
  });

  it('a new epoch is told as such, and its messages are given although their numbers are lower', async () => {
    const { gateway, messages, losses, subscription } = await resumed();
    gateway.begin('a', 2, { recovered: 'gap', epoch: 'new' });
    gateway.message('a', 2, 3);
    await gateway.settle();
    const gap = { afterSeqNo: 42, epochChanged: true };
    expect(losses).toEqual([gap]);
    expect(messages).toMatchObject([{ epoch: 'new', seqNo: 3, gap }]);
    expect(subscription.position).toEqual(position(3, 'new'));
  });

  it('another message at the own place is told; what was given before is not given again (I2, I3)', async () => {
    const { gateway, messages, losses } = await resumed();
    gateway.begin('a', 40, { recovered: 'gap' });
    gateway.message('a', 40, 41, { messageId: 'other' });
    gateway.message('a', 41, 42, { messageId: 'other2' });
    gateway.message('a', 42, 43);
    await gateway.settle();
    expect(losses).toEqual([{ afterSeqNo: 42, beforeSeqNo: 43, epochChanged: false }]);
    expect(seqNos(messages)).toEqual([43]);
  });

  it('gap may make the program close the subscription at once', async () => {
    let close = (): void => {};
    const { gateway, subscription, ends } = await resumed({ onLoss: () => close() });
    close = () => void subscription.close();
    gateway.begin('a', 50, { recovered: 'gap' });
    await gateway.settle();
    expect(gateway.sent('unsubscribe')).toHaveLength(1);
    gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
    await gateway.settle();
    expect(ends).toEqual([undefined]);
  });

  it('a position that the gateway moved without a word is told', async () => {
    const { gateway, losses } = await resumed();
    gateway.begin('a', 44, { recovered: 'full' });
    await gateway.settle();
    expect(losses).toEqual([{ afterSeqNo: 42, beforeSeqNo: 45, epochChanged: false }]);
  });

  it.each(['latest', 'keyed'] as const)('a snapshot is no loss in the mode %s', async (mode) => {
    const { gateway, losses } = await resumed({ mode });
    gateway.begin('a', 50, { recovered: 'snapshot' });
    await gateway.settle();
    expect(losses).toEqual([]);
  });

  it('of the first subscribe is told as well', async () => {
    const gateway = await ScriptedGateway.ready();
    const { losses, options } = taken({ from: position(3) });
    await gateway.subscribed('a', 9, options, { recovered: 'gap' });
    expect(losses).toEqual([{ afterSeqNo: 3, beforeSeqNo: 10, epochChanged: false }]);
  });
});

describe('unsubscribed by the gateway (§5.3)', () => {
  it.each(['epoch', 'failed'] as const)('with %s subscribes again from the last position', async (reason) => {
    const gateway = await ScriptedGateway.ready();
    const { losses, ends, options } = taken();
    await gateway.subscribed('a', 42, options);
    gateway.send({ type: 'unsubscribed', topic: 'a', reason });
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'subscribe', from: position(42) });
    gateway.begin('a', 1, { id: gateway.request.id, recovered: 'gap', epoch: 'new' });
    await gateway.settle();
    expect(losses).toEqual([{ afterSeqNo: 42, epochChanged: true }]);
    expect(ends).toEqual([]);
  });

  it.each(['epoch', 'failed'] as const)('with %s ends it without reconnect', async (reason) => {
    const gateway = await ScriptedGateway.ready({ reconnect: false });
    const { ends, options } = taken();
    await gateway.subscribed('a', 42, options);
    gateway.send({ type: 'unsubscribed', topic: 'a', reason });
    await gateway.settle();
    expect(ends).toMatchObject([{ code: 'SUBSCRIPTION_LOST', reason }]);
  });
});

describe('a topic that has ended (§5.3)', () => {
  const closed = { type: 'unsubscribed', topic: 'a', reason: 'closed', why: 'The channel was deleted.' } as const;
  const told = { name: 'TopicClosedError', code: 'TOPIC_CLOSED', topic: 'a', why: 'The channel was deleted.' };

  it('ends the subscription with the reason, after everything that came, and is not asked for again', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, ends, options } = taken();
    await gateway.subscribed('a', 42, options);
    gateway.message('a', 42, 43);
    gateway.send(closed);
    await gateway.clock.advance(10_000);
    expect(seqNos(messages)).toEqual([43]);
    expect(losses).toEqual([]);
    expect(ends).toMatchObject([told]);
    expect(gateway.sent('subscribe')).toHaveLength(1);
    await gateway.cut();
    await gateway.accept();
    expect(gateway.sent('setup')[0]?.topics).toBeUndefined();
    expect(gateway.sent('resume')[0]?.subscriptions ?? []).toEqual([]);
    expect(gateway.sent('subscribe')).toEqual([]);
  });

  it('is told to for await after what waits', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 42);
    gateway.message('a', 42, 43);
    gateway.send(closed);
    await gateway.settle();
    const iterator = subscription[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: { seqNo: 43 } });
    await expect(iterator.next()).rejects.toMatchObject(told);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('tells what is missing before what was held, which nobody can send any more (I4)', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, losses, ends, options } = taken();
    await gateway.subscribed('a', 42, options);
    gateway.message('a', 44, 45);
    gateway.send(closed);
    await gateway.settle();
    const gap = { afterSeqNo: 42, beforeSeqNo: 45, epochChanged: false };
    expect(withGaps(messages)).toEqual([[45, gap]]);
    expect(losses).toEqual([gap]);
    expect(ends).toMatchObject([told]);
  });

  it('tells what lagged has said to be missing (I4)', async () => {
    const gateway = await ScriptedGateway.ready();
    const { losses, ends, options } = taken();
    await gateway.subscribed('a', 42, options);
    gateway.send({ type: 'lagged', topic: 'a', fromSeqNo: 42, toSeqNo: 50, why: 'It is no longer kept.' });
    gateway.send(closed);
    await gateway.settle();
    expect(losses).toEqual([{ afterSeqNo: 42, beforeSeqNo: 51, epochChanged: false }]);
    expect(ends).toMatchObject([told]);
  });

  it('ends it without an error where the program was closing it anyway', async () => {
    const gateway = await ScriptedGateway.ready();
    const { ends, options } = taken();
    const subscription = await gateway.subscribed('a', 42, options);
    const closing = subscription.close();
    gateway.send(closed);
    await gateway.settle();
    gateway.send({
      type: 'error',
      id: gateway.idOf('unsubscribe'),
      code: 'NOT_SUBSCRIBED',
      message: 'No.',
      retry: false,
    });
    await settled(gateway, closing);
    expect(ends).toEqual([undefined]);
  });

  it('while there was no connection ends the subscription when it is asked for again (NO_SUCH_TOPIC)', async () => {
    const gateway = await ScriptedGateway.ready();
    const { ends, options } = taken();
    await gateway.subscribed('a', 42, options);
    gateway.send({ type: 'unsubscribed', topic: 'a', reason: 'failed' });
    await gateway.settle();
    const { id } = gateway.request;
    gateway.send({ type: 'error', id, code: 'NO_SUCH_TOPIC', message: 'No.', retry: false, topic: 'a' });
    await gateway.clock.advance(10_000);
    expect(ends).toMatchObject([{ name: 'ProtocolError', code: 'NO_SUCH_TOPIC' }]);
    expect(gateway.sent('subscribe')).toHaveLength(2);
  });
});

describe('an alias (§5.2)', () => {
  it('is the one of the last subscribed; an older one names nothing any more', async () => {
    const gateway = await ScriptedGateway.ready({ encoding: 'msgpack' });
    const { messages, options } = taken();
    await gateway.subscribed('a', 5, options);
    const old = gateway.place('a');
    gateway.send({ type: 'unsubscribed', topic: 'a', reason: 'failed' });
    await gateway.settle();
    gateway.begin('a', 5, { id: gateway.request.id, recovered: 'full' });
    gateway.message('a', 5, 6, old);
    await gateway.settle();
    expect(seqNos(messages)).toEqual([]);
    gateway.message('a', 5, 6);
    await gateway.settle();
    expect(seqNos(messages)).toEqual([6]);
  });
});
