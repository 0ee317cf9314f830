import { describe, expect, it } from 'vitest';
import { GatedBackbone } from './support/gated-backbone.ts';
import { World } from './support/world.ts';

const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `m${from + at}`);

function gatedWorld(limits = {}) {
  let gate: GatedBackbone | undefined;
  const world = new World({ limits, around: (memory) => (gate = new GatedBackbone(memory, 'read')) });
  return { world, gate: gate as unknown as GatedBackbone };
}

describe('replay (§4.6, I4)', () => {
  it('sends the messages after fromSeqNo up to toSeqNo again, then live with the id of the request', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    await world.publishTurns(1, 10);
    const id = peer.request({ type: 'replay', topic: 'a', fromSeqNo: 3, toSeqNo: 6 });
    await world.settle();
    expect(peer.messageIds).toEqual([...ids(1, 10), ...ids(4, 6)]);
    expect(peer.answer(id)).toEqual({ type: 'live', id, topic: 'a', seqNo: 6 });
    expect(peer.types.at(-1)).toBe('live');
  });

  it('goes to the head where toSeqNo is absent or beyond it, and sends nothing where there is nothing', async () => {
    const world = new World();
    const peer = await world.subscriber('a');
    await world.publishTurns(1, 4);
    const wanted = [{ fromSeqNo: 2 }, { fromSeqNo: 2, toSeqNo: 99 }, { fromSeqNo: 4 }, { fromSeqNo: 9 }];
    const requests = wanted.map((range) => peer.request({ type: 'replay', topic: 'a', ...range }));
    await world.settle();
    expect(requests.map((id) => peer.answer(id))).toMatchObject([
      { seqNo: 4 },
      { seqNo: 4 },
      { seqNo: 4 },
      { seqNo: 9 },
    ]);
    expect(peer.messageIds).toEqual([...ids(1, 4), 'm3', 'm4', 'm3', 'm4']);
  });

  it('is between the live messages, and neither stops the other', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.subscriber('a');
    await world.publishTurns(1, 5);
    peer.request({ type: 'replay', topic: 'a', fromSeqNo: 0 });
    await world.settle();
    await world.publishTurns(6, 7);
    gate.release();
    await world.settle();
    expect(peer.messageIds).toEqual([...ids(1, 7), ...ids(1, 5)]);
  });

  it('with what is no longer kept is answered HISTORY_GONE, and the subscription goes on', async () => {
    const world = new World({ limits: { historyLengthMax: 5 } });
    const peer = await world.subscriber('a');
    await world.publishTurns(1, 10);
    const id = peer.request({ type: 'replay', topic: 'a', fromSeqNo: 2, toSeqNo: 9 });
    await world.settle();
    expect(peer.answer(id)).toMatchObject({ code: 'HISTORY_GONE', topic: 'a', retry: false });
    await world.publishTurns(11, 11);
    expect(peer.messageIds).toEqual(ids(1, 11));
  });

  it('of a topic without a subscription is NOT_SUBSCRIBED, also when the subscription ends before it', async () => {
    const { world, gate } = gatedWorld();
    const peer = await world.subscriber('a');
    await world.publishTurns(1, 5);
    const other = peer.request({ type: 'replay', topic: 'b', fromSeqNo: 0 });
    const id = peer.request({ type: 'replay', topic: 'a', fromSeqNo: 0 });
    await world.settle();
    peer.unsubscribe('a');
    await world.settle();
    gate.release();
    await world.settle();
    expect(peer.answer(other)).toMatchObject({ code: 'NOT_SUBSCRIBED' });
    expect(peer.answer(id)).toMatchObject({ code: 'NOT_SUBSCRIBED' });
    expect(peer.messageIds).toEqual(ids(1, 5));
  });

  it('comes as fast as the client reads and no faster', async () => {
    const world = new World();
    const peer = await world.subscriber('a', { highWaterBytes: 300 });
    await world.publishTurns(1, 200);
    peer.pause();
    const id = peer.request({ type: 'replay', topic: 'a', fromSeqNo: 0 });
    await world.settle();
    expect(peer.recording.bufferedBytes).toBeLessThan(1_000);
    peer.resume();
    await world.settle();
    expect(peer.messageIds).toEqual([...ids(1, 200), ...ids(1, 200)]);
    expect(peer.answer(id)).toMatchObject({ type: 'live', seqNo: 200 });
  });

  it('is bounded by replaysPerConnectionMax; those of one topic wait for each other (§8)', async () => {
    const { world, gate } = gatedWorld({ replaysPerConnectionMax: 3 });
    const peer = await world.subscriber('a');
    await world.publishTurns(1, 2);
    const requests = Array.from({ length: 4 }, () => peer.request({ type: 'replay', topic: 'a', fromSeqNo: 0 }));
    await world.settle();
    expect(peer.last('error')).toMatchObject({ id: requests[3], code: 'TOO_MANY_REPLAYS', retry: true });
    expect(gate.heldCount).toBe(1);
    for (let round = 0; round < 3; round++) {
      gate.release();
      await world.settle();
    }
    expect(peer.all('live').map(({ id }) => id)).toEqual(requests.slice(0, 3));
    const again = peer.request({ type: 'replay', topic: 'a', fromSeqNo: 1 });
    await world.settle();
    gate.release();
    await world.settle();
    expect(peer.answer(again)).toMatchObject({ type: 'live' });
  });
});
