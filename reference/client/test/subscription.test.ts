import { describe, expect, it } from 'vitest';
import { World } from '../../gateway/test/support/world.ts';
import type { Message } from '../src/index.ts';
import { connected, isWaiting, settled } from './support/connected.ts';
import { ScriptedGateway } from './support/scripted-gateway.ts';

const seqNos = (messages: readonly Message[]) => messages.map(({ seqNo }) => seqNo);

describe.each(['json', 'msgpack'] as const)('a subscription in %s', (encoding) => {
  it('gives messages to a callback, in order, from its position on (I3, I4)', async () => {
    const world = new World();
    for (const id of ['m1', 'm2']) world.publish(id);
    const { client } = await connected(world, { encoding });
    const got: Message[] = [];
    const subscription = await settled(world, client.subscribe('a', { onMessage: (message) => got.push(message) }));
    expect(subscription.topic).toBe('a');
    expect(subscription.position).toMatchObject({ seqNo: 2, messageId: 'm2' });
    for (const id of ['m3', 'm4']) world.publish(id, 'a', `data of ${id}`);
    await world.settle();
    const time = world.clock.now();
    expect(got).toEqual([
      { topic: 'a', seqNo: 3, messageId: 'm3', time, data: 'data of m3' },
      { topic: 'a', seqNo: 4, messageId: 'm4', time, data: 'data of m4' },
    ]);
    expect(subscription.position).toEqual(await world.memory.head('a'));
  });

  it('gives messages to for await; leaving the loop unsubscribes', async () => {
    const world = new World();
    const { client } = await connected(world, { encoding });
    const subscription = await settled(world, client.subscribe('a'));
    const got: Message[] = [];
    const loop = (async () => {
      for await (const message of subscription) {
        got.push(message);
        if (got.length === 3) break;
      }
    })();
    for (let at = 1; at <= 5; at++) {
      world.publish(`m${at}`);
      await world.settle();
    }
    await settled(world, loop);
    expect(seqNos(got)).toEqual([1, 2, 3]);
    expect(world.gateway.stats().subscriptions).toBe(0);
  });

  it('drops a message that came twice and counts it (I2)', async () => {
    const gateway = await ScriptedGateway.ready({}, encoding);
    const got: Message[] = [];
    const subscription = await gateway.subscribed('a', 5, { onMessage: (message) => got.push(message) });
    for (const [prevSeqNo, seqNo] of [
      [4, 5],
      [5, 6],
      [5, 6],
      [6, 7],
      [3, 4],
    ] as const)
      gateway.message('a', prevSeqNo, seqNo);
    await gateway.settle();
    expect(seqNos(got)).toEqual([6, 7]);
    expect(subscription.duplicates).toBe(3);
    expect(got.some(({ gap }) => gap !== undefined)).toBe(false);
  });

  it('marks the message before which others are missing (D5, §5.5)', async () => {
    const gateway = await ScriptedGateway.ready({}, encoding);
    const got: Message[] = [];
    const subscription = await gateway.subscribed('a', 5, { onMessage: (message) => got.push(message) });
    gateway.message('a', 5, 8);
    gateway.message('a', 10, 12);
    gateway.message('a', 12, 13);
    await gateway.settle();
    expect(got.map(({ seqNo, gap }) => [seqNo, gap])).toEqual([
      [8, undefined],
      [12, { afterSeqNo: 8, beforeSeqNo: 12 }],
      [13, undefined],
    ]);
    expect(subscription.position).toEqual({ epoch: 'e', seqNo: 13, messageId: 'm13' });
  });
});

describe('subscribe (§4.2)', () => {
  it('twice to one topic rejects with ALREADY_SUBSCRIBED, also while the first one opens', async () => {
    const world = new World();
    const { client } = await connected(world);
    const first = client.subscribe('a');
    await expect(client.subscribe('a')).rejects.toMatchObject({ code: 'ALREADY_SUBSCRIBED', topic: 'a' });
    await settled(world, first);
    await expect(client.subscribe('a')).rejects.toMatchObject({ code: 'ALREADY_SUBSCRIBED' });
  });

  it('that is refused rejects, and can be tried again', async () => {
    const world = new World({ limits: { topicsPerConnectionMax: 1 } });
    const { client } = await connected(world);
    const a = await settled(world, client.subscribe('a'));
    await expect(settled(world, client.subscribe('b'))).rejects.toMatchObject({ code: 'TOPIC_LIMIT', topic: 'b' });
    await settled(world, a.close());
    expect((await settled(world, client.subscribe('b'))).topic).toBe('b');
  });

  it('gives the subscription also when messages come with its answer', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscribing = gateway.client.subscribe('a');
    await isWaiting(gateway, subscribing);
    gateway.send({ type: 'subscribed', id: gateway.request.id, topic: 'a', alias: 4, epoch: 'e', seqNo: 0 });
    gateway.message('a', 0, 1);
    const subscription = await settled(gateway, subscribing);
    const next = await settled(gateway, subscription[Symbol.asyncIterator]().next());
    expect(next.value?.seqNo).toBe(1);
  });

  it.each(['the end of the connection', 'lagged'])(
    'gives a subscription that has ended when %s comes with its answer',
    async (what) => {
      const gateway = await ScriptedGateway.ready();
      const subscribing = gateway.client.subscribe('a');
      await isWaiting(gateway, subscribing);
      gateway.send({ type: 'subscribed', id: gateway.request.id, topic: 'a', alias: 4, epoch: 'e', seqNo: 0 });
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
    const world = new World();
    const { client } = await connected(world);
    const subscription = await settled(world, client.subscribe('a'));
    for (const id of ['m1', 'm2']) world.publish(id);
    await world.settle();
    await settled(world, subscription.close());
    world.publish('m3');
    await world.settle();
    const got: Message[] = [];
    const loop = (async () => {
      for await (const message of subscription) got.push(message);
    })();
    await settled(world, loop);
    expect(got.map(({ messageId }) => messageId)).toEqual(['m1', 'm2']);
    expect(world.gateway.stats().subscriptions).toBe(0);
    await settled(world, subscription.close());
  });

  it('close by two at once is one unsubscribe, and both resolve', async () => {
    const world = new World();
    const { client } = await connected(world);
    const subscription = await settled(world, client.subscribe('a'));
    await settled(world, Promise.all([subscription.close(), subscription.close()]));
  });

  it('can be followed by a new subscription to the topic, under its new alias', async () => {
    const world = new World();
    const { client } = await connected(world);
    for (let round = 1; round <= 3; round++) {
      const got: Message[] = [];
      const subscription = await settled(world, client.subscribe('a', { onMessage: (message) => got.push(message) }));
      world.publish(`m${round}`);
      await world.settle();
      expect(seqNos(got)).toEqual([round]);
      await settled(world, subscription.close());
    }
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
});

describe('a program that does not keep up', () => {
  it('is told QueueFullError once, after what waits, and is unsubscribed', async () => {
    const world = new World();
    const { client } = await connected(world);
    const subscription = await settled(world, client.subscribe('a', { queueMessagesMax: 3 }));
    for (let at = 1; at <= 6; at++) world.publish(`m${at}`);
    await world.settle();
    expect(world.gateway.stats().subscriptions).toBe(0);
    const iterator = subscription[Symbol.asyncIterator]();
    for (const seqNo of [1, 2, 3]) expect((await iterator.next()).value?.seqNo).toBe(seqNo);
    await expect(iterator.next()).rejects.toMatchObject({ name: 'QueueFullError', code: 'QUEUE_FULL' });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('a callback has no queue to fill', async () => {
    const world = new World();
    const { client } = await connected(world);
    let got = 0;
    await settled(world, client.subscribe('a', { queueMessagesMax: 1, onMessage: () => got++ }));
    for (let at = 1; at <= 20; at++) world.publish(`m${at}`);
    await world.settle();
    expect(got).toBe(20);
  });
});

describe('a connection that does not keep up (§5.6)', () => {
  it('ends the subscription with LaggedError that says what is missing (D5)', async () => {
    const world = new World({ limits: { ringLengthMax: 5 } });
    const { client, pause, resume } = await connected(world, { highWaterBytes: 200 });
    const subscription = await settled(world, client.subscribe('a'));
    pause();
    for (let at = 1; at <= 40; at++) {
      world.publish(`m${at}`);
      await world.settle();
    }
    resume();
    await world.settle();
    const got: Message[] = [];
    const loop = (async () => {
      for await (const message of subscription) got.push(message);
    })();
    const error = await settled(world, loop).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'LaggedError', code: 'LAGGED', fromSeqNo: got.length, toSeqNo: 40 });
    expect(seqNos(got)).toEqual(got.map((_, at) => at + 1));
    expect((await settled(world, client.subscribe('a'))).position.seqNo).toBe(40);
  });
});

describe('a subscription with callbacks (D5)', () => {
  it('hears of its end, and of what was lost', async () => {
    const gateway = await ScriptedGateway.ready();
    const ends: (Error | undefined)[] = [];
    await gateway.subscribed('a', 0, { onMessage: () => {}, onEnd: (error) => ends.push(error) });
    gateway.send({ type: 'lagged', topic: 'a', fromSeqNo: 3, toSeqNo: 9, why: 'slow' });
    gateway.send({ type: 'unsubscribed', topic: 'a', reason: 'lagged' });
    await gateway.settle();
    expect(ends).toMatchObject([{ code: 'LAGGED', fromSeqNo: 3, toSeqNo: 9 }]);
  });

  it('stands, after its queue was full, at the last message that was kept', async () => {
    const gateway = await ScriptedGateway.ready();
    const ends: (Error | undefined)[] = [];
    const options = { queueMessagesMax: 2, onEnd: (error: Error | undefined) => void ends.push(error) };
    const subscription = await gateway.subscribed('a', 0, options);
    for (let seqNo = 1; seqNo <= 5; seqNo++) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    expect(subscription.position.seqNo).toBe(2);
    expect(ends).toMatchObject([{ code: 'QUEUE_FULL', afterSeqNo: 2 }]);
  });
});
