import { describe, expect, it } from 'vitest';
import type { Peer } from './support/peer.ts';
import { World } from './support/world.ts';

/** Publishes a message of a key. */
function price(world: World, key: string, value: number): void {
  world.publish(`${key}-${value}`, 'a', value, { key });
}

const data = (peer: Peer) => peer.all('message').map((message) => message.data);

describe.each(['json', 'msgpack'] as const)('the mode latest in %s (§4.2)', (encoding) => {
  it('gets the newest message of each turn', async () => {
    const world = new World();
    const peer = await world.subscriber('a', { encoding }, { mode: 'latest' });
    for (const id of ['m1', 'm2', 'm3']) world.publish(id);
    await world.settle();
    world.publish('m4');
    await world.settle();
    expect(peer.messageIds).toEqual(['m3', 'm4']);
    expect(peer.all('message')[0]).toMatchObject({ seqNo: 3, prevSeqNo: 2 });
  });

  it('that reads slowly gets the newest one when it reads again, however far the ring has moved', async () => {
    const world = new World({ limits: { ringLengthMax: 4, historyLengthMax: 4 } });
    const peer = await world.subscriber('a', { encoding, highWaterBytes: 100 }, { mode: 'latest' });
    peer.pause();
    await world.publishTurns(1, 50);
    peer.resume();
    await world.settle();
    expect(peer.messageIds.at(-1)).toBe('m50');
    expect(peer.messageIds.length).toBeLessThan(10);
    await world.publishTurns(51, 51);
    expect(peer.messageIds.at(-1)).toBe('m51');
    expect(world.gateway.stats().lagged).toBe(0);
  });
});

describe('the mode keyed (§4.2)', () => {
  it('gets the newest message of each key of a turn, in the order of the log', async () => {
    const world = new World();
    const peer = await world.subscriber('a', {}, { mode: 'keyed' });
    price(world, 'eur', 1);
    price(world, 'usd', 2);
    price(world, 'eur', 3);
    world.publish('no-key-1');
    world.publish('no-key-2');
    await world.settle();
    expect(peer.messageIds).toEqual(['usd-2', 'eur-3', 'no-key-2']);
  });

  it('that reads slowly gets the newest of each key when it reads again', async () => {
    const world = new World();
    const peer = await world.subscriber('a', { highWaterBytes: 100 }, { mode: 'keyed' });
    peer.pause();
    for (let value = 1; value <= 30; value++) {
      price(world, value % 2 === 0 ? 'eur' : 'usd', value);
      await world.settle();
    }
    const given = data(peer).length;
    peer.resume();
    await world.settle();
    expect(data(peer).slice(-2)).toEqual([29, 30]);
    expect(data(peer).length).toBeLessThan(given + 12);
    expect(peer.all('snapshot')).toEqual([]);
  });

  it('that the ring has moved past gets a new snapshot, removed keys left out, and goes on from there', async () => {
    const world = new World({ limits: { ringLengthMax: 4, historyLengthMax: 4 } });
    const peer = await world.subscriber('a', { highWaterBytes: 100 }, { mode: 'keyed' });
    price(world, 'old', 0);
    await world.settle();
    peer.pause();
    for (let value = 1; value <= 30; value++) {
      price(world, value % 2 === 0 ? 'eur' : 'usd', value);
      await world.settle();
    }
    world.publish('old-gone', 'a', null, { key: 'old' });
    for (let value = 31; value <= 40; value++) {
      price(world, value % 2 === 0 ? 'eur' : 'usd', value);
      await world.settle();
    }
    peer.resume();
    await world.settle();
    const { seqNo, entries } = peer.last('snapshot');
    expect(seqNo).toBe(42);
    expect(entries.map(({ key, data: value }) => [key, value])).toEqual([
      ['usd', 39],
      ['eur', 40],
    ]);
    price(world, 'usd', 41);
    await world.settle();
    expect(peer.last('message')).toMatchObject({ seqNo: 43, prevSeqNo: 42, data: 41 });
    expect(world.gateway.stats().lagged).toBe(0);
  });
});

describe('the mode volatile (§4.2)', () => {
  it('misses what comes while it does not read, and nothing else', async () => {
    const world = new World();
    const peer = await world.subscriber('a', { highWaterBytes: 100 }, { mode: 'volatile' });
    await world.publishTurns(1, 2);
    peer.pause();
    await world.publishTurns(3, 50);
    peer.resume();
    await world.settle();
    const given = peer.messageIds.length;
    expect(given).toBeLessThan(10);
    await world.publishTurns(51, 52);
    expect(peer.messageIds.slice(given)).toEqual(['m51', 'm52']);
    expect(peer.types).not.toContain('lagged');
  });

  it('gets the last messages that it asked for before it goes live', async () => {
    const world = new World({ limits: { ringLengthMax: 2 } });
    await world.publishTurns(1, 9);
    const peer = await world.subscriber('a', {}, { mode: 'volatile', from: { last: 4 } });
    expect(peer.messageIds).toEqual(['m6', 'm7', 'm8', 'm9']);
  });
});

describe('maxRateHz (§4.2)', () => {
  it.each([
    [7, 5],
    [1_000, 1_000],
    [0.1, 0.1],
    [1, 1],
    [999, 500],
  ])('%d a second is rounded down to the tier %d', async (maxRateHz, tier) => {
    const world = new World();
    const peer = await world.subscriber('a', {}, { mode: 'latest', maxRateHz });
    expect(peer.last('subscribed').maxRateHz).toBe(tier);
  });

  it.each(['stream', 'volatile'] as const)('is INVALID_FIELD with the mode %s', async (mode) => {
    const world = new World();
    const peer = await world.subscriber('a', {}, { mode, maxRateHz: 5 });
    expect(peer.last('error')).toMatchObject({ code: 'INVALID_FIELD', message: expect.stringContaining('maxRateHz') });
  });

  it('sends the first at once, then the newest of each key each interval, one write for all members', async () => {
    const world = new World();
    const peers = [
      await world.subscriber('a', {}, { mode: 'keyed', maxRateHz: 2 }),
      await world.subscriber('a', {}, { mode: 'keyed', maxRateHz: 2 }),
    ];
    const quick = await world.subscriber('a', {}, { mode: 'keyed' });
    price(world, 'eur', 0);
    await world.settle();
    for (let value = 1; value <= 9; value++) {
      await world.clock.advance(100);
      price(world, value % 2 === 0 ? 'eur' : 'usd', value);
      await world.settle();
    }
    await world.clock.advance(1_000);
    expect(data(quick)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const peer of peers) expect(data(peer)).toEqual([0, 3, 4, 8, 9]);
    const [one, two] = peers.map(({ recording }) => recording.writes);
    expect(one?.every((bytes, at) => bytes === two?.[at])).toBe(true);
  });

  it('keeps the newest of each key, although the ring has moved on between two deliveries', async () => {
    const world = new World({ limits: { ringLengthMax: 2, historyLengthMax: 2 } });
    const peer = await world.subscriber('a', {}, { mode: 'keyed', maxRateHz: 1 });
    price(world, 'first', 1);
    await world.settle();
    for (let value = 2; value <= 20; value++) {
      price(world, `key-${value % 5}`, value);
      await world.settle();
    }
    await world.clock.advance(1_000);
    expect(data(peer)).toEqual([1, 16, 17, 18, 19, 20]);
  });

  it('runs no timer while there is nothing to send', async () => {
    const world = new World();
    const peer = await world.subscriber('a', {}, { mode: 'latest', maxRateHz: 1 });
    world.publish('m1');
    await world.settle();
    const timers = world.clock.timerCount;
    world.publish('m2');
    await world.settle();
    expect(world.clock.timerCount).toBe(timers + 1);
    await world.clock.advance(1_500);
    expect(world.clock.timerCount).toBe(timers);
    expect(peer.messageIds).toEqual(['m1', 'm2']);
    peer.leave();
    await world.settle();
    expect(world.clock.timerCount).toBe(0);
  });

  it('holds for one that joins while something waits: it gets each message at most once, in order', async () => {
    const world = new World();
    const first = await world.subscriber('a', {}, { mode: 'latest', maxRateHz: 1 });
    world.publish('m1');
    await world.settle();
    world.publish('m2');
    await world.settle();
    const late = await world.subscriber('a', {}, { mode: 'latest', maxRateHz: 1 });
    expect(late.last('subscribed').seqNo).toBe(2);
    world.publish('m3');
    await world.settle();
    await world.clock.advance(2_000);
    expect(first.messageIds).toEqual(['m1', 'm3']);
    expect(late.messageIds).toEqual(['m3']);
  });

  it('holds for a slow reader: when it reads again it gets the newest, and is paced as before', async () => {
    const world = new World();
    const peer = await world.subscriber('a', { highWaterBytes: 100 }, { mode: 'latest', maxRateHz: 1 });
    peer.pause();
    for (let at = 1; at <= 20; at++) {
      world.publish(`m${at}`);
      await world.clock.advance(500);
    }
    peer.resume();
    await world.clock.advance(3_000);
    expect(peer.messageIds.at(-1)).toBe('m20');
    expect(peer.messageIds.length).toBeLessThan(8);
    world.publish('m21');
    await world.clock.advance(3_000);
    expect(peer.messageIds.at(-1)).toBe('m21');
  });
});

describe('modify (§4.10)', () => {
  it('changes the rate of a live subscription, also to none', async () => {
    const world = new World();
    const peer = await world.subscriber('a', {}, { mode: 'latest', maxRateHz: 1 });
    world.publish('m1');
    await world.settle();
    world.publish('m2');
    await world.settle();
    expect(peer.messageIds).toEqual(['m1']);
    const id = peer.request({ type: 'modify', topic: 'a', maxRateHz: 20 });
    await world.settle();
    expect(peer.answer(id)).toEqual({ type: 'modified', id, topic: 'a', maxRateHz: 20 });
    expect(peer.messageIds).toEqual(['m1', 'm2']);
    const other = peer.request({ type: 'modify', topic: 'a' });
    await world.settle();
    expect(peer.answer(other)).toEqual({ type: 'modified', id: other, topic: 'a' });
    for (const messageId of ['m3', 'm4']) {
      world.publish(messageId);
      await world.settle();
    }
    expect(peer.messageIds).toEqual(['m1', 'm2', 'm3', 'm4']);
  });

  it('is refused for a topic without a subscription, and for a mode that leaves nothing out', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    const ids = [
      peer.request({ type: 'modify', topic: 'b', maxRateHz: 1 }),
      peer.request({ type: 'modify', topic: 'a', maxRateHz: 1 }),
    ];
    await world.settle();
    expect(ids.map((id) => peer.answer(id))).toMatchObject([{ code: 'NOT_SUBSCRIBED' }, { code: 'INVALID_FIELD' }]);
  });
});

describe('confirmWindow (§4.5, I4)', () => {
  it('sends no more than the window beyond the last confirmed message, and everything in the end', async () => {
    const world = new World();
    const peer = await world.subscriber('a', {}, { confirmWindow: 3 });
    await world.publishTurns(1, 10);
    expect(peer.messageIds).toEqual(['m1', 'm2', 'm3']);
    peer.send({ type: 'confirm', topic: 'a', seqNo: 1 });
    await world.settle();
    expect(peer.messageIds).toHaveLength(4);
    peer.send({ type: 'confirm', topic: 'a', seqNo: 4 });
    await world.settle();
    expect(peer.messageIds).toHaveLength(7);
    for (const seqNo of [7, 10]) {
      peer.send({ type: 'confirm', topic: 'a', seqNo });
      await world.settle();
    }
    await world.publishTurns(11, 12);
    expect(peer.messageIds).toEqual(Array.from({ length: 12 }, (_, at) => `m${at + 1}`));
  });

  it('is served from the history when the ring has moved on, and told lagged when that has, too', async () => {
    const world = new World({ limits: { ringLengthMax: 2, historyLengthMax: 20 } });
    const peer = await world.subscriber('a', {}, { confirmWindow: 2 });
    await world.publishTurns(1, 15);
    peer.send({ type: 'confirm', topic: 'a', seqNo: 2 });
    await world.settle();
    expect(peer.messageIds).toEqual(['m1', 'm2', 'm3', 'm4']);
    await world.publishTurns(16, 60);
    peer.send({ type: 'confirm', topic: 'a', seqNo: 4 });
    await world.settle();
    expect(peer.types.slice(-2)).toEqual(['lagged', 'unsubscribed']);
    expect(peer.last('lagged')).toMatchObject({ fromSeqNo: 4, toSeqNo: 60 });
  });

  it('counts an older confirm for nothing, and refuses one for what was not sent', async () => {
    const world = new World();
    const peer = await world.subscriber('a', {}, { confirmWindow: 2 });
    await world.publishTurns(1, 5);
    peer.send({ type: 'confirm', topic: 'a', seqNo: 2 });
    await world.settle();
    peer.send({ type: 'confirm', topic: 'a', seqNo: 1 });
    peer.send({ type: 'confirm', topic: 'a', seqNo: 5 });
    peer.send({ type: 'confirm', topic: 'b', seqNo: 1 });
    await world.settle();
    expect(peer.messageIds).toHaveLength(4);
    expect(peer.all('error').map(({ code, topic, id }) => [code, topic, id])).toEqual([
      ['INVALID_FIELD', 'a', undefined],
      ['NOT_SUBSCRIBED', 'b', undefined],
    ]);
  });

  it('is for the mode stream only', async () => {
    const world = new World();
    const peer = await world.subscriber('a', {}, { mode: 'latest', confirmWindow: 2 });
    expect(peer.last('error').code).toBe('INVALID_FIELD');
  });
});

describe('a beginning with a snapshot (§5.6)', () => {
  it('has the newest message of each key, and then what is new, without a hole', async () => {
    const world = new World();
    for (const [key, value] of [
      ['eur', 1],
      ['usd', 2],
      ['eur', 3],
    ] as const) {
      price(world, key, value);
    }
    world.publish('plain');
    const peer = await world.subscriber('a', {}, { mode: 'keyed', from: 'snapshot' });
    expect(peer.last('subscribed')).toMatchObject({ recovered: 'snapshot', seqNo: 4, headSeqNo: 4 });
    expect(peer.all('snapshot')).toHaveLength(1);
    const { entries, ...rest } = peer.last('snapshot');
    expect(rest).toEqual({ type: 'snapshot', topic: 'a', seqNo: 4, last: true });
    expect(entries.map(({ seqNo }) => seqNo)).toEqual([2, 3, 4]);
    expect(entries[1]).toEqual({ seqNo: 3, messageId: 'eur-3', time: world.clock.now(), data: 3, key: 'eur' });
    price(world, 'usd', 4);
    await world.settle();
    expect(peer.last('message')).toMatchObject({ seqNo: 5, prevSeqNo: 4 });
  });

  it('has the newest message alone in the mode latest, and nothing on an empty topic', async () => {
    const world = new World();
    price(world, 'eur', 1);
    price(world, 'usd', 2);
    const peer = await world.subscriber('a', { encoding: 'msgpack' }, { mode: 'latest', from: 'snapshot' });
    expect(peer.last('snapshot')).toMatchObject({ alias: 1, entries: [{ messageId: 'usd-2', key: 'usd' }] });
    const empty = await world.subscriber('b', {}, { from: 'snapshot' });
    expect(empty.last('snapshot')).toEqual({ type: 'snapshot', topic: 'b', seqNo: 0, entries: [], last: true });
  });

  it('comes in parts of about batchBytesMax, and waits for a slow reader', async () => {
    const world = new World({ limits: { batchBytesMax: 1_000 } });
    for (let key = 0; key < 100; key++) world.publish(`m${key}`, 'a', 'x'.repeat(100), { key: `key-${key}` });
    const peer = await world.ready({ highWaterBytes: 500 });
    peer.pause();
    peer.subscribe('a', { mode: 'keyed', from: 'snapshot' });
    await world.settle();
    expect(peer.recording.bufferedBytes).toBeLessThan(3_000);
    world.publish('later', 'a', 'later', { key: 'key-1' });
    await world.settle();
    peer.resume();
    await world.settle();
    const parts = peer.all('snapshot');
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.map(({ last }) => last)).toEqual([...Array<boolean>(parts.length - 1).fill(false), true]);
    expect(parts.flatMap(({ entries }) => entries)).toHaveLength(100);
    expect(peer.messageIds).toEqual(['later']);
  });

  it('leaves out what has outlived its ttlMs; live it is a message like any other', async () => {
    const world = new World();
    world.publish('typing', 'a', 'ann', { key: 'ann', ttlMs: 5_000 });
    const early = await world.subscriber('a', {}, { mode: 'keyed', from: 'snapshot' });
    expect(early.last('snapshot').entries).toMatchObject([{ key: 'ann', ttlMs: 5_000 }]);
    await world.clock.advance(5_000);
    const late = await world.subscriber('a', {}, { mode: 'keyed', from: 'snapshot' });
    expect(late.last('snapshot').entries).toEqual([]);
    world.publish('again', 'a', 'ann', { key: 'ann', ttlMs: 5_000 });
    await world.settle();
    expect(late.last('message')).toMatchObject({ key: 'ann', ttlMs: 5_000 });
  });

  it('takes the place of a replay for latest and keyed, except at the head (§4.2)', async () => {
    const world = new World();
    await world.publishTurns(1, 3);
    const { epoch } = await world.memory.head('a');
    const behind = { epoch, seqNo: 2, messageId: 'm2' };
    const peer = await world.subscriber('a', {}, { mode: 'latest', from: behind, onGap: 'reject' });
    expect(peer.last('subscribed').recovered).toBe('snapshot');
    const there = await world.subscriber('a', {}, { mode: 'keyed', from: { epoch, seqNo: 3, messageId: 'm3' } });
    expect(there.last('subscribed').recovered).toBe('full');
    expect(there.all('snapshot')).toEqual([]);
  });
});

describe('the last messages (§4.2)', () => {
  it('come in order, then live, then what is new', async () => {
    const world = new World({ limits: { ringLengthMax: 2 } });
    await world.publishTurns(1, 10);
    const peer = await world.subscriber('a', {}, { from: { last: 3 } });
    expect(peer.last('subscribed')).toMatchObject({ recovered: 'none', seqNo: 7, messageId: 'm7', headSeqNo: 10 });
    await world.publishTurns(11, 11);
    expect(peer.types.slice(2)).toEqual(['message', 'message', 'message', 'live', 'message']);
    expect(peer.messageIds).toEqual(['m8', 'm9', 'm10', 'm11']);
  });

  it('are all that there are when more is asked for than is kept', async () => {
    const world = new World({ limits: { historyLengthMax: 4 } });
    await world.publishTurns(1, 10);
    const peer = await world.subscriber('a', {}, { from: { last: 1_000 } });
    expect(peer.messageIds).toEqual(['m7', 'm8', 'm9', 'm10']);
    const empty = await world.subscriber('b', {}, { from: { last: 5 } });
    expect(empty.types.slice(-1)).toEqual(['subscribed']);
  });
});
