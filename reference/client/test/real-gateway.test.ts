/** The client at the real gateway on the real memory backbone: what the scripted tests assume of a gateway holds. */

import { occupancyTopicOf, presenceTopicOf, StaticPolicy } from '@micro-socket/gateway';
import { describe, expect, it } from 'vitest';
import { World } from '../../gateway/test/support/world.ts';
import type { Message } from '../src/index.ts';
import { connected, dialled } from './support/connected.ts';
import { settled } from './support/settled.ts';
import { seqNos, taken, withGaps } from './support/taken.ts';

const closedPolicy = () => new StaticPolicy({ users: [{ name: 'ann', token: 'ann-token', allow: [] }] });

/** Publishes m{from} … m{to} past the client, each settled. */
async function publish(world: World, from: number, to: number, topic = 'a'): Promise<void> {
  for (let at = from; at <= to; at++) {
    world.publish(`m${at}`, topic);
    await world.settle();
  }
}

describe.each(['json', 'msgpack'] as const)('a client at a real gateway in %s', (encoding) => {
  it('connects, and is refused with a wrong token or none (I1, §4.1)', async () => {
    const world = new World();
    const { client } = await connected(world, { encoding, client: { name: 'test', version: '1' } });
    expect(client.ready).toMatchObject({ gateway: 'test-gateway', durability: 'memory' });
    const closed = new World({ policy: closedPolicy() });
    const wrong = dialled(closed, { encoding, token: 'guess' }).client;
    await expect(settled(closed, wrong.open())).rejects.toMatchObject({ name: 'ProtocolError', code: 'AUTH_FAILED' });
    expect(await settled(closed, wrong.closed)).toMatchObject({ code: 4004 });
    const none = dialled(closed, { encoding }).client;
    await expect(settled(closed, none.open())).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('gets messages in order, from its position on (I3, I4)', async () => {
    const world = new World();
    await publish(world, 1, 2);
    const { client } = await connected(world, { encoding });
    const { messages, options } = taken();
    const subscription = await settled(world, client.subscribe('a', options));
    expect(subscription.position).toMatchObject({ seqNo: 2, messageId: 'm2' });
    await publish(world, 3, 4);
    expect(messages.map(({ seqNo, messageId, data }) => [seqNo, messageId, data])).toEqual([
      [3, 'm3', 'm3'],
      [4, 'm4', 'm4'],
    ]);
    expect(subscription.position).toEqual(await world.memory.head('a'));
  });

  it('publishes, and a second time with the same messageId is a duplicate at the same position (I2, §9.1)', async () => {
    const world = new World();
    const { client, cut } = await connected(world, { encoding, token: 'ann-token' });
    const first = await settled(world, client.publish('a', [1], { messageId: 'm1' }));
    expect(first).toEqual({ status: 'ok', position: await world.memory.head('a') });
    cut();
    await world.clock.advance(1_000);
    const second = await settled(world, client.publish('a', [1], { messageId: 'm1' }));
    expect(second).toEqual({ status: 'duplicate', position: first.position });
    await expect(settled(world, client.publish('a', 2, { messageId: 'm1' }))).rejects.toMatchObject({
      code: 'MESSAGE_ID_CONFLICT',
    });
  });

  it('is refused what it may not do, and only that call (I1)', async () => {
    const allow = [{ pattern: 'b', actions: ['subscribe', 'publish'] as const }];
    const world = new World({ policy: new StaticPolicy({ anonymous: { allow } }) });
    const { client } = await connected(world, { encoding });
    await expect(settled(world, client.publish('a', 1))).rejects.toMatchObject({ code: 'ACL_DENIED', topic: 'a' });
    await expect(settled(world, client.subscribe('a'))).rejects.toMatchObject({ code: 'ACL_DENIED', topic: 'a' });
    await expect(settled(world, client.publish('a..b', 1))).rejects.toMatchObject({ code: 'INVALID_FIELD' });
    expect((await settled(world, client.publish('b', 1))).status).toBe('ok');
  });

  it('resumes after a lost link without a hole, with checksums that agree (I6, I7, §9.5)', async () => {
    const world = new World();
    const { client, cut } = await connected(world, { encoding });
    const { messages, losses, integrity, options } = taken({ checksum: true });
    const subscription = await settled(world, client.subscribe('a', options));
    await publish(world, 1, 3);
    for (let round = 0; round < 3; round++) {
      cut();
      await world.settle();
      await publish(world, 4 + round * 10, 8 + round * 10);
      await world.clock.advance(2_000);
      expect(client.state).toBe('ready');
      await publish(world, 9 + round * 10, 9 + round * 10);
      await world.clock.advance(6_000);
    }
    expect(subscription.recovered).toBe('full');
    expect(seqNos(messages)).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
    expect(losses).toEqual([]);
    expect(integrity).toEqual([]);
    expect(client.stats()).toMatchObject({ reconnects: 3, resumed: 3, gaps: 0, checksumFailures: 0 });
  });

  it('is told what the history gave up while it was away (D5)', async () => {
    const world = new World({ limits: { historyLengthMax: 3 } });
    const { client, cut } = await connected(world, { encoding });
    const { messages, losses, options } = taken();
    await settled(world, client.subscribe('a', options));
    await publish(world, 1, 1);
    cut();
    await world.settle();
    await publish(world, 2, 9);
    await world.clock.advance(2_000);
    await publish(world, 10, 10);
    const gap = { afterSeqNo: 1, beforeSeqNo: 10, epochChanged: false };
    expect(losses).toEqual([gap]);
    expect(withGaps(messages)).toEqual([
      [1, undefined],
      [10, gap],
    ]);
  });

  it('begins with the state of a topic, and hears of each change (§5.6)', async () => {
    const world = new World();
    const { client, cut } = await connected(world, { encoding });
    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ] as const) {
      await settled(world, client.publish('t', value, { key }));
    }
    const snapshots: (readonly Message[])[] = [];
    const { messages, losses, options } = taken({
      mode: 'keyed',
      from: 'snapshot',
      onSnapshot: (all) => void snapshots.push(all),
    });
    await settled(world, client.subscribe('t', options));
    await settled(world, client.publish('t', 4, { key: 'b' }));
    expect(snapshots.map((all) => all.map(({ key, data }) => [key, data]))).toEqual([
      [
        ['b', 2],
        ['a', 3],
      ],
    ]);
    expect(messages.map(({ key, data }) => [key, data])).toEqual([['b', 4]]);
    cut();
    await world.settle();
    world.publish('other', 't');
    await world.clock.advance(2_000);
    expect(snapshots.at(-1)?.map(({ data }) => data)).toEqual([3, 4, 'other']);
    expect(losses).toEqual([]);
  });

  it('confirms, and gets no more than its window before that (§4.5)', async () => {
    const world = new World();
    const { client } = await connected(world, { encoding });
    const { messages, options } = taken({ confirmWindow: 2, confirm: 'manual' });
    const subscription = await settled(world, client.subscribe('a', options));
    await publish(world, 1, 5);
    expect(seqNos(messages)).toEqual([1, 2]);
    subscription.confirm(2);
    await world.settle();
    expect(seqNos(messages)).toEqual([1, 2, 3, 4]);
    const automatic = await connected(world, { encoding });
    const other = taken({ confirmWindow: 1, from: { last: 5 } });
    await settled(world, automatic.client.subscribe('a', other.options));
    await world.settle();
    expect(seqNos(other.messages)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is present, and others see it come and go (§4.8)', async () => {
    const world = new World();
    const { client } = await connected(world, { encoding, token: 'ann-token' });
    const watcher = await connected(world, { encoding, token: 'bob-token' });
    const present = taken({ mode: 'keyed', from: 'snapshot' });
    await settled(world, watcher.client.subscribe(presenceTopicOf('room'), present.options));
    const counted = taken({ mode: 'latest' });
    await settled(world, watcher.client.subscribe(occupancyTopicOf('room'), counted.options));
    const presence = client.presence('room');
    await settled(world, presence.enter({ typing: false }));
    await settled(world, presence.update({ typing: true }));
    await settled(world, presence.leave());
    const data = present.messages.map((message) => message.data);
    expect(data).toMatchObject([{ user: 'ann', data: { typing: false } }, { data: { typing: true } }, null]);
    expect(counted.messages.at(-1)?.data).toEqual({ users: 0, sessions: 0 });
    await expect(settled(world, presence.leave())).rejects.toMatchObject({ code: 'NOT_PRESENT' });
  });

  it('changes the rate of a subscription (§4.10)', async () => {
    const world = new World();
    const { client } = await connected(world, { encoding });
    const subscription = await settled(world, client.subscribe('a', { mode: 'latest', maxRateHz: 7 }));
    expect(subscription.maxRateHz).toBe(5);
    expect(await settled(world, subscription.modify(3))).toBe(2);
  });
});

describe('a client at a real gateway', () => {
  it('unsubscribes when the loop ends, and leaves nothing behind when it is closed', async () => {
    const world = new World();
    const { client } = await connected(world);
    const subscription = await settled(world, client.subscribe('a'));
    const loop = (async () => {
      for await (const { seqNo } of subscription) if (seqNo === 3) break;
    })();
    await publish(world, 1, 5);
    await settled(world, loop);
    expect(world.gateway.stats().subscriptions).toBe(0);
    await settled(world, client.close());
    expect(world.gateway.stats().connections).toBe(0);
  });

  it('can be tried again after TOPIC_LIMIT', async () => {
    const world = new World({ limits: { topicsPerConnectionMax: 1 } });
    const { client } = await connected(world);
    const a = await settled(world, client.subscribe('a'));
    await expect(settled(world, client.subscribe('b'))).rejects.toMatchObject({ code: 'TOPIC_LIMIT', topic: 'b' });
    await settled(world, a.close());
    expect((await settled(world, client.subscribe('b'))).topic).toBe('b');
  });

  it('that reads too slowly is served later, or told what it missed, and goes on (§9.2, D5)', async () => {
    const world = new World({ limits: { ringLengthMax: 5, historyLengthMax: 10 } });
    const { client, pause, resume } = await connected(world, { highWaterBytes: 200 });
    const { messages, losses, ends, options } = taken();
    const subscription = await settled(world, client.subscribe('a', options));
    pause();
    await publish(world, 1, 60);
    resume();
    await world.clock.advance(5_000);
    await publish(world, 61, 61);
    expect(ends).toEqual([]);
    expect(losses).toHaveLength(1);
    expect(subscription.position.seqNo).toBe(61);
    const given = seqNos(messages);
    expect(given).toEqual([...new Set(given)].toSorted((a, b) => a - b));
    const hole = withGaps(messages).find(([, gap]) => gap !== undefined);
    expect(hole?.[1]).toMatchObject({ epochChanged: false });
  });

  it('stays connected for as long as the gateway answers (§5.12)', async () => {
    const world = new World({ limits: { heartbeatMs: 1_000, pongTimeoutMs: 100 } });
    const { client } = await connected(world);
    await world.clock.advance(20_000);
    expect(client.stats().reconnects).toBe(0);
    expect(client.state).toBe('ready');
  });

  it('comes back inside the window of a gateway that shuts down (§9.4)', async () => {
    const world = new World();
    const { client } = await connected(world);
    world.gateway.drain('Maintenance.');
    await world.settle();
    expect(client.status).toMatchObject({ state: 'reconnecting', reason: { closeCode: 4200 } });
    expect(client.status.retryInMs).toBeLessThanOrEqual(5_000);
    await settled(world, client.close());
  });

  it('of which a second one takes the session over does not come back (§9.7)', async () => {
    const world = new World();
    const { client } = await connected(world, { token: 'ann-token' });
    const { sessionId, resumeKey } = client.ready;
    await world.ready({ token: 'ann-token', resume: { sessionId, resumeKey, subscriptions: [] } });
    await world.settle();
    expect(client.status).toMatchObject({ state: 'closed', reason: { closeCode: 4005 } });
  });
});
