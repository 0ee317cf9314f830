import { ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { StaticPolicy } from '../src/index.ts';
import { GatedBackbone } from './support/gated-backbone.ts';
import { World, type WorldOptions } from './support/world.ts';

function gatedWorld(options: WorldOptions = {}) {
  let gate: GatedBackbone | undefined;
  const world = new World({ ...options, around: (memory) => (gate = new GatedBackbone(memory, 'publish')) });
  return { world, gate: gate as unknown as GatedBackbone };
}

const storedIds = async (world: World, topic = 'a') =>
  (await world.memory.read(topic, { afterSeqNo: 0, limit: 1_000 })).map(({ messageId }) => messageId);

describe('publish (§4.4)', () => {
  it('is answered with the position of the message (I4)', async () => {
    const world = new World();
    const peer = await world.ready();
    const id = peer.publish('a', 'm1', { price: 1.5 });
    await world.settle();
    const head = await world.memory.head('a');
    expect(peer.answer(id)).toEqual({ type: 'ack', id, messageId: 'm1', status: 'ok', epoch: head.epoch, seqNo: 1 });
    expect(world.gateway.stats()).toMatchObject({ published: 1, duplicates: 0 });
  });

  it('reaches every subscriber, the publisher included, as it was published (I7)', async () => {
    const world = new World();
    const publisher = await world.subscriber('a');
    const other = await world.subscriber('a', { encoding: 'msgpack' });
    const payload = { text: 'ş€😀', list: [1, -2.5, null, true, { a: [] }], big: Number.MAX_SAFE_INTEGER };
    publisher.publish('a', 'm1', payload);
    await world.settle();
    expect(publisher.last('message')).toMatchObject({ messageId: 'm1', data: payload });
    expect(other.last('message')).toMatchObject({ messageId: 'm1', data: payload });
  });

  it('again with the same id is answered as a duplicate with the first position (I2)', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    const ids = [peer.publish('a', 'm1', 1), peer.publish('a', 'm2', 2), peer.publish('a', 'm1', 1)];
    await world.settle();
    expect(ids.map((id) => peer.answer(id))).toMatchObject([
      { status: 'ok', seqNo: 1 },
      { status: 'ok', seqNo: 2 },
      { status: 'duplicate', seqNo: 1, messageId: 'm1' },
    ]);
    expect(peer.messageIds).toEqual(['m1', 'm2']);
    expect(world.gateway.stats()).toMatchObject({ published: 2, duplicates: 1 });
  });

  it('again over another connection of the same user is a duplicate, of another user it is not (I2)', async () => {
    const world = new World();
    const [ann, annAgain, bob] = [
      await world.ready({ token: 'ann-token' }),
      await world.ready({ token: 'ann-token', encoding: 'msgpack' }),
      await world.ready({ token: 'bob-token' }),
    ];
    for (const peer of [ann, annAgain, bob]) peer.publish('a', 'm1', { x: [1, 2] });
    await world.settle();
    expect([ann, annAgain, bob].map((peer) => peer.last('ack').status).toSorted()).toEqual(['duplicate', 'ok', 'ok']);
    expect(bob.last('ack').status).toBe('ok');
  });

  it('with the same id and another payload is MESSAGE_ID_CONFLICT (I2)', async () => {
    const world = new World();
    const peer = await world.ready();
    peer.publish('a', 'm1', 1);
    const id = peer.publish('a', 'm1', 2);
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ type: 'error', code: 'MESSAGE_ID_CONFLICT', retry: false });
    expect(await storedIds(world)).toEqual(['m1']);
  });

  it('without the right to is ACL_DENIED, and nothing enters the log (I1)', async () => {
    const policy = new StaticPolicy({ anonymous: { allow: [{ pattern: '>', actions: ['subscribe'] }] } });
    const world = new World({ policy });
    const peer = await world.subscriber('a');
    const id = peer.publish('a', 'm1');
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ code: 'ACL_DENIED', topic: 'a' });
    expect(await storedIds(world)).toEqual([]);
    expect(world.gateway.stats()).toMatchObject({ denied: 1, published: 0 });
  });

  it('asks the policy each time: a right that was taken away is gone at once (I1)', async () => {
    let allowed = true;
    const policy = {
      authenticate: async () => ({ name: 'ann' }),
      authorize: () => allowed,
      isValid: () => true,
      version: 0,
    };
    const world = new World({ policy });
    const peer = await world.ready();
    peer.publish('a', 'm1');
    await world.settle();
    allowed = false;
    peer.publish('a', 'm2');
    await world.settle();
    expect(peer.last('error').code).toBe('ACL_DENIED');
    expect(await storedIds(world)).toEqual(['m1']);
  });

  it.each([undefined, 1, 'yes', {}])(
    'a policy that answers %o instead of true has not allowed it (I1)',
    async (answer) => {
      const policy = {
        authenticate: async () => ({ name: 'ann' }),
        authorize: () => answer as boolean,
        isValid: () => true,
        version: 0,
      };
      const world = new World({ policy });
      const peer = await world.ready();
      peer.publish('a', 'm1');
      peer.subscribe('a');
      await world.settle();
      expect(peer.all('error').map(({ code }) => code)).toEqual(['ACL_DENIED', 'ACL_DENIED']);
    },
  );

  it("keeps a publisher's order, and everyone sees the same one (I3)", async () => {
    const world = new World();
    const [one, two] = [await world.subscriber('a'), await world.subscriber('a', { encoding: 'msgpack' })];
    for (let at = 0; at < 30; at++) {
      one.publish('a', `one${at}`);
      two.publish('a', `two${at}`);
      if (at % 7 === 0) await world.settle();
    }
    await world.settle();
    expect(one.messageIds).toEqual(two.messageIds);
    for (const name of ['one', 'two']) {
      const own = one.messageIds.filter((id) => id.startsWith(name));
      expect(own).toEqual(Array.from({ length: 30 }, (_, at) => `${name}${at}`));
    }
  });

  it('is acknowledged only when the backbone has stored it (I4)', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.ready();
    const id = peer.publish('a', 'm1');
    await world.settle();
    expect(peer.answer(id)).toBeUndefined();
    gate.release();
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ type: 'ack' });
  });

  it('that fails unexpectedly is INTERNAL without telling why, and the same id may come again (I2)', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.ready();
    const failure = new Error('disk secrets');
    const id = peer.publish('a', 'm1');
    await world.settle();
    gate.fail(failure);
    await world.settle();
    expect(peer.answer(id)).toMatchObject({
      code: 'INTERNAL',
      retry: true,
      message: expect.not.stringContaining('disk'),
    });
    expect(world.internalErrors).toEqual([failure]);
    const again = peer.publish('a', 'm1');
    await world.settle();
    gate.release();
    await world.settle();
    expect(peer.answer(again)).toMatchObject({ type: 'ack', status: 'ok' });
  });

  it('that the backbone refuses for now says after which time to retry', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.ready();
    const id = peer.publish('a', 'm1');
    await world.settle();
    gate.fail(new ProtocolError('OVERLOADED', 'Full.', { afterMs: 750 }));
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ code: 'OVERLOADED', retry: true, afterMs: 750 });
    expect(world.internalErrors).toEqual([]);
  });

  it('whose connection has ended meanwhile is stored and answered to nobody', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.ready();
    peer.publish('a', 'm1');
    await world.settle();
    peer.leave();
    await world.settle();
    gate.release();
    await world.settle();
    expect(await storedIds(world)).toEqual(['m1']);
    expect(world.internalErrors).toEqual([]);
  });
});

describe('unacknowledgedPublishesMax (§8)', () => {
  it('refuses the next publish with TOO_MANY_UNACKNOWLEDGED until one has its ack', async () => {
    const { world, gate } = gatedWorld({ limits: { unacknowledgedPublishesMax: 2 } });
    const peer = await world.ready();
    const ids = ['m1', 'm2', 'm3'].map((messageId) => peer.publish('a', messageId));
    await world.settle();
    expect(peer.answer(ids[2] as number)).toMatchObject({ code: 'TOO_MANY_UNACKNOWLEDGED', retry: true });
    gate.release(1);
    await world.settle();
    const again = peer.publish('a', 'm3');
    await world.settle();
    expect(gate.heldCount).toBe(2);
    gate.release();
    await world.settle();
    expect([...ids.slice(0, 2), again].map((id) => peer.answer(id)?.type)).toEqual(['ack', 'ack', 'ack']);
    expect(await storedIds(world)).toEqual(['m1', 'm2', 'm3']);
  });

  it('counts each connection on its own, and a failed publish makes room', async () => {
    const { world, gate } = gatedWorld({ limits: { unacknowledgedPublishesMax: 1 } });
    const [one, two] = [await world.ready(), await world.ready()];
    one.publish('a', 'm1');
    two.publish('a', 'm2');
    await world.settle();
    expect(gate.heldCount).toBe(2);
    gate.fail(new ProtocolError('OVERLOADED', 'No.'));
    await world.settle();
    one.publish('a', 'm1');
    await world.settle();
    expect(gate.heldCount).toBe(2);
  });
});
