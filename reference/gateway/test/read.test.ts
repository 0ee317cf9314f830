import type { PageFrame, ReadFrame } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { StaticPolicy } from '../src/index.ts';
import { GatedBackbone } from './support/gated-backbone.ts';
import type { Peer } from './support/peer.ts';
import { World, type WorldOptions } from './support/world.ts';

async function withMessages(count: number, options: WorldOptions = {}) {
  const world = new World(options);
  const peer = await world.ready();
  await world.publishTurns(1, count);
  return { world, peer };
}

async function read(world: World, peer: Peer, from: ReadFrame['from'], limit?: number): Promise<PageFrame[]> {
  const id = peer.request({ type: 'read', topic: 'a', from, ...(limit === undefined ? {} : { limit }) });
  await world.settle();
  return peer.all('page').filter((page) => page.id === id);
}

const ids = (pages: readonly PageFrame[]) => pages.flatMap(({ entries }) => entries.map(({ messageId }) => messageId));

describe('read (§4.12)', () => {
  it('head: says where the topic stands, without messages and without a subscription', async () => {
    const { world, peer } = await withMessages(3);
    const [page] = await read(world, peer, 'head');
    const head = await world.memory.head('a');
    expect(page).toMatchObject({ topic: 'a', ...head, entries: [], last: true });
    expect(page).not.toHaveProperty('anchored');
    expect(world.gateway.stats()).toMatchObject({ subSockets: 0, subscriptions: 0 });
  });

  it('snapshot: has the newest message of each key, complete up to the position', async () => {
    const { world, peer } = await withMessages(0);
    for (const [id, key] of ['x', 'y', 'x'].entries()) world.publish(`k${id}`, 'a', id, { key });
    const [page] = await read(world, peer, 'snapshot');
    expect(ids([page as PageFrame])).toEqual(['k1', 'k2']);
    expect(page).toMatchObject({ seqNo: 3, messageId: 'k2', last: true });
  });

  it('last: has the newest messages, and the position before them', async () => {
    const { world, peer } = await withMessages(5);
    const pages = await read(world, peer, { last: 2 });
    expect(ids(pages)).toEqual(['m4', 'm5']);
    expect(pages[0]).toMatchObject({ seqNo: 3, messageId: 'm3' });
  });

  it('after: has what is kept of what follows, at most limit, and shows a hole at its beginning', async () => {
    const { world, peer } = await withMessages(9, { limits: { historyLengthMax: 5 } });
    expect(ids(await read(world, peer, { after: 6 }))).toEqual(['m7', 'm8', 'm9']);
    const holed = await read(world, peer, { after: 1 }, 2);
    expect(ids(holed)).toEqual(['m5', 'm6']);
    expect(holed[0]?.entries[0]?.prevSeqNo).toBe(4);
    expect(ids(await read(world, peer, { after: 9 }))).toEqual([]);
  });

  it('a position: has what follows it if it is anchored, and nothing otherwise (I6)', async () => {
    const { world, peer } = await withMessages(4);
    const { epoch } = await world.memory.head('a');
    const anchored = await read(world, peer, { epoch, seqNo: 2, messageId: 'm2' });
    expect(anchored[0]).toMatchObject({ anchored: true, seqNo: 2 });
    expect(ids(anchored)).toEqual(['m3', 'm4']);
    const asked = await read(world, peer, { epoch, seqNo: 2, messageId: 'm2' }, 0);
    expect(asked).toMatchObject([{ anchored: true, entries: [] }]);
    const other = await read(world, peer, { epoch, seqNo: 2, messageId: 'm3' });
    expect(other).toMatchObject([{ anchored: false, entries: [] }]);
  });

  it('entries carry everything that a message carries', async () => {
    const { world, peer } = await withMessages(0, { namePublishers: true });
    const signature = { alg: 'HS256', keyId: 'k', value: 'v' };
    peer.request({ type: 'publish', topic: 'a', messageId: 'm1', payload: 1, key: 'x', ref: 'r', ttlMs: 5, signature });
    const [page] = await read(world, peer, { last: 1 });
    expect(page?.entries).toMatchObject([
      { seqNo: 1, prevSeqNo: 0, messageId: 'm1', data: 1, key: 'x', ref: 'r', ttlMs: 5, signature, by: 'anonymous' },
    ]);
  });

  it('a topic that nobody used has an empty page, and is not made by asking', async () => {
    const { world, peer } = await withMessages(0, { limits: { topicsMax: 1 } });
    for (const from of ['head', 'snapshot', { last: 3 }, { after: 0 }] as const) {
      expect(await read(world, peer, from)).toMatchObject([{ seqNo: 0, entries: [], last: true }]);
    }
    world.publish('m1', 'b');
    expect((await world.memory.head('b')).seqNo).toBe(1);
  });

  it('a long answer comes in parts, and goes on when the reader has taken what came before', async () => {
    const world = new World({ limits: { batchBytesMax: 2_000 } });
    const peer = await world.ready({ highWaterBytes: 4_000 });
    for (let at = 1; at <= 30; at++) world.publish(`m${at}`, 'a', 'x'.repeat(500));
    await world.settle();
    peer.pause();
    const id = peer.request({ type: 'read', topic: 'a', from: { last: 30 } });
    await world.settle();
    expect(peer.all('page')).toEqual([]);
    peer.resume();
    await world.settle();
    const pages = peer.all('page').filter((page) => page.id === id);
    expect(pages.length).toBeGreaterThan(5);
    expect(ids(pages)).toEqual(Array.from({ length: 30 }, (_, at) => `m${at + 1}`));
    expect(pages.map(({ last }) => last)).toEqual([...pages.slice(1).map(() => false), true]);
  });

  it('needs the grant to subscribe, also for what is derived from a topic (I1)', async () => {
    const policy = new StaticPolicy({ anonymous: { allow: [{ pattern: 'b', actions: ['subscribe'] }] } });
    const { world, peer } = await withMessages(3, { policy });
    expect(await read(world, peer, 'head')).toEqual([]);
    expect(peer.last('error')).toMatchObject({ code: 'ACL_DENIED', topic: 'a' });
    expect(world.gateway.stats().denied).toBe(1);
  });

  it('stops in the middle when the grant is withdrawn (I1)', async () => {
    const allow = [{ pattern: 'a', actions: ['subscribe' as const] }];
    const policy = new StaticPolicy({ anonymous: { allow } });
    const world = new World({ policy, limits: { batchBytesMax: 1_000 } });
    const peer = await world.ready({ highWaterBytes: 1_000 });
    for (let at = 1; at <= 20; at++) world.publish(`m${at}`, 'a', 'x'.repeat(500));
    peer.pause();
    peer.request({ type: 'read', topic: 'a', from: { last: 20 } });
    await world.settle();
    policy.replace({ anonymous: { allow: [] } });
    peer.resume();
    await world.settle();
    expect(ids(peer.all('page')).length).toBeLessThan(20);
    expect(peer.last('error')).toMatchObject({ code: 'ACL_DENIED' });
  });

  it('is bounded by readsPerConnectionMax, and a connection that ends leaves nothing waiting (§8)', async () => {
    let gate: GatedBackbone | undefined;
    const around = (memory: World['memory']) => (gate = new GatedBackbone(memory, 'read'));
    const { world, peer } = await withMessages(2, { limits: { readsPerConnectionMax: 2 }, around });
    for (let at = 0; at < 3; at++) peer.request({ type: 'read', topic: 'a', from: { after: 0 } });
    await world.settle();
    expect(peer.all('error')).toMatchObject([{ code: 'TOO_MANY_REPLAYS', retry: true, topic: 'a' }]);
    gate?.release();
    await world.settle();
    expect(peer.all('page')).toHaveLength(2);
    peer.request({ type: 'read', topic: 'a', from: { after: 0 } });
    await world.settle();
    peer.leave();
    gate?.release();
    await world.settle();
    expect(world.internalErrors).toEqual([]);
  });
});
