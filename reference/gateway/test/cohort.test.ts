import { type Entry, MemoryBackbone } from '@micro-socket/backbone';
import { describe, expect, it } from 'vitest';
import type { Peer } from './support/peer.ts';
import { World } from './support/world.ts';

/** Forgets the writes so far, so that those of the next turn can be counted. */
function forgetWrites(peers: readonly Peer[]): void {
  for (const { recording } of peers) recording.writes.length = 0;
}

describe('fan-out of one turn (D4)', () => {
  it('is one write per member, however many messages the turn brought', async () => {
    const world = new World();
    const peers = [await world.subscriber('a'), await world.subscriber('a'), await world.subscriber('a')];
    for (let at = 0; at < 50; at++) world.publish(`m${at}`);
    await world.settle();
    for (const peer of peers) {
      expect(peer.recording.writes).toHaveLength(1);
      expect(peer.messageIds).toHaveLength(50);
    }
  });

  it('writes the very same buffer to every member of a cohort', async () => {
    const world = new World();
    const json = [await world.subscriber('a'), await world.subscriber('a')] as const;
    const msgpack = [
      await world.subscriber('a', { encoding: 'msgpack' }),
      await world.subscriber('a', { encoding: 'msgpack' }),
    ] as const;
    world.publish('m1');
    world.publish('m2');
    await world.settle();
    expect(json[0].recording.writes[0]).toBe(json[1].recording.writes[0]);
    expect(msgpack[0].recording.writes[0]).toBe(msgpack[1].recording.writes[0]);
    expect(json[0].recording.writes[0]).not.toEqual(msgpack[0].recording.writes[0]);
  });

  it('does not change a buffer after it was written', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    world.publish('m1');
    await world.settle();
    const buffer = peer.recording.writes[0] as Uint8Array;
    const before = buffer.slice();
    for (let at = 2; at < 50; at++) world.publish(`m${at}`);
    await world.settle();
    expect(buffer).toEqual(before);
  });

  it('gives both encodings the same messages: JSON by topic, MessagePack by alias (§5.5)', async () => {
    const world = new World();
    const json = await world.subscriber('a');
    const msgpack = await world.subscriber('a', { encoding: 'msgpack' });
    for (let at = 0; at < 5; at++) world.publish(`m${at}`, 'a', at);
    await world.settle();
    const { alias } = msgpack.last('subscribed');
    for (const [at, { topic, ...rest }] of json.all('message').entries()) {
      expect(topic).toBe('a');
      expect(msgpack.all('message')[at]).toEqual({ alias, ...rest });
    }
    expect(msgpack.messageIds).toHaveLength(5);
  });

  it('splits a turn of more than batchBytesMax, and loses nothing', async () => {
    const world = new World({ limits: { batchBytesMax: 1_000 } });
    const peer = await world.subscriber('a', { highWaterBytes: 1_000_000 });
    for (let at = 0; at < 30; at++) world.publish(`m${at}`, 'a', 'x'.repeat(300));
    await world.settle();
    expect(peer.messageIds).toEqual(Array.from({ length: 30 }, (_, at) => `m${at}`));
    expect(peer.recording.writes.length).toBeGreaterThan(5);
    for (const { length } of peer.recording.writes) expect(length).toBeLessThan(1_000 + 500);
  });

  it('a turn of more messages than the ring has places loses nothing for a member that keeps up (I4)', async () => {
    const world = new World({ limits: { ringLengthMax: 4 } });
    const peer = await world.subscriber('a', { highWaterBytes: 1_000_000 });
    for (let at = 0; at < 30; at++) world.publish(`m${at}`);
    await world.settle();
    expect(peer.messageIds).toEqual(Array.from({ length: 30 }, (_, at) => `m${at}`));
  });

  it('a turn of more bytes than the ring keeps loses nothing for a member that keeps up (I4)', async () => {
    const world = new World({ limits: { ringBytesMax: 1_000 } });
    const peer = await world.subscriber('a', { highWaterBytes: 1_000_000 });
    for (let at = 0; at < 30; at++) world.publish(`m${at}`, 'a', 'x'.repeat(300));
    await world.settle();
    expect(peer.messageIds).toHaveLength(30);
  });

  it('topics do not mix, and each is one write', async () => {
    const world = new World();
    const peer = await world.ready();
    peer.subscribe('a');
    peer.subscribe('b');
    await world.settle();
    for (let at = 0; at < 10; at++) world.publish(`m${at}`, at % 2 === 0 ? 'a' : 'b');
    await world.settle();
    expect(peer.recording.writes).toHaveLength(2);
    for (const { topic, messageId } of peer.all('message')) {
      expect(topic).toBe(Number(messageId.slice(1)) % 2 === 0 ? 'a' : 'b');
    }
  });

  it('members that leave are written to no more; the others are, in one write', async () => {
    const world = new World();
    const peers: Peer[] = [];
    for (let at = 0; at < 6; at++) peers.push(await world.subscriber('a'));
    for (const at of [0, 3, 5]) peers[at]?.unsubscribe('a');
    await world.settle();
    forgetWrites(peers);
    world.publish('m1');
    await world.settle();
    expect(peers.map(({ recording }) => recording.writes.length)).toEqual([0, 1, 1, 0, 1, 0]);
  });

  it('nothing is encoded for a topic that nobody reads', async () => {
    const world = new World();
    const peer = await world.subscriber('b');
    forgetWrites([peer]);
    world.publish('m1', 'a');
    await world.settle();
    expect(peer.recording.writes).toEqual([]);
    expect(world.gateway.stats().subSockets).toBe(1);
  });
});

/** The memory backbone with every seqNo doubled, so that they rise by two. */
class SparseBackbone extends MemoryBackbone {
  override subscribe(topic: string, listener: (entry: Entry) => void) {
    return super.subscribe(topic, (entry) =>
      listener({ ...entry, seqNo: entry.seqNo * 2, prevSeqNo: entry.prevSeqNo * 2 }),
    );
  }
}

describe('seqNos that do not rise by one (§2.2)', () => {
  it('are passed on as they are, and a lag is told by them', async () => {
    const world = new World({ limits: { ringLengthMax: 2 }, around: (_memory, ports) => new SparseBackbone(ports) });
    const peer = await world.subscriber('a', { highWaterBytes: 150 });
    const publisher = await world.ready();
    const publish = async (at: number) => {
      publisher.publish('a', `m${at}`);
      await world.settle();
    };
    await publish(1);
    await publish(2);
    expect(peer.all('message').map(({ seqNo, prevSeqNo }) => [prevSeqNo, seqNo])).toEqual([
      [0, 2],
      [2, 4],
    ]);
    peer.pause();
    for (let at = 3; at <= 9; at++) await publish(at);
    peer.resume();
    await world.settle();
    expect(peer.last('lagged')).toMatchObject({ fromSeqNo: peer.last('message').seqNo, toSeqNo: 18 });
  });
});
